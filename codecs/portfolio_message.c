/*
 * Sizes are said twice, by the head and by the payload, and have to agree: nothing may be left
 * over. The name comes before the data, so that whoever has large ones lends them to the link
 * behind a head of his own.
 */
#include "codecs/portfolio_message.h"

#include "codecs/octets.h"
#include "codecs/portfolio_name.h"

#define ALIGNMENT 16u     /* of data in a message */
#define MORE_ALIGNMENT 4u /* of what is behind those of an answer */

/* Where fields stand. */
enum message_at {
    AT_KIND = 0,
    AT_PRIORITY = 1,
    AT_NAME_SIZE = 2, /* with the NUL; 0: there is none */
    AT_CAPACITY = 4,
    AT_RESULT = 8,
    AT_REPLY_PORT = PORTFOLIO_MESSAGE_REPLY_PORT_AT,
    AT_SIZE = 16,
    AT_NAME = 20
};
enum answer_at {
    AT_ANSWER_KIND = 0,
    AT_ANSWER_ZEROS = 1,
    AT_ANSWER_RESULT = PORTFOLIO_ANSWER_RESULT_AT,
    AT_ANSWER_SIZE = 8,
    AT_ANSWER_MORE_SIZE = 12,
    AT_ANSWER_DATA = PORTFOLIO_ANSWER_HEAD_SIZE
};

static enum via_status refuse(struct portfolio_fault *fault, enum via_status status, size_t at,
                              const char *words)
{
    if (fault != NULL)
        *fault = (struct portfolio_fault){.words = words, .at = at};
    return status;
}

static uint8_t *put_words(uint8_t *at, const uint32_t *words)
{
    octets_put_u32(at, words[0]);
    octets_put_u32(at + 4, words[1]);
    return at + PORTFOLIO_WORDS_SIZE;
}

static void get_words(const uint8_t *at, uint32_t *words)
{
    words[0] = octets_get_u32(at);
    words[1] = octets_get_u32(at + 4);
}

/* Of data as they are to be written. */
static enum via_status check_data(enum portfolio_kind kind, const void *data, size_t size)
{
    if (size > PORTFOLIO_DATA_MAX)
        return VIA_TOO_LARGE;
    return (size > 0 && (data == NULL || kind == PORTFOLIO_SMALL)) ? VIA_INVALID : VIA_OK;
}

/* Octets of data in the payload. */
static size_t data_size(enum portfolio_kind kind, size_t size)
{
    return kind == PORTFOLIO_SMALL ? PORTFOLIO_WORDS_SIZE : size;
}

/* ---- messages ---- */

static size_t name_size(const struct portfolio_message *message)
{
    return message->name == NULL ? 0 : strlen(message->name) + 1;
}

static size_t head_size(size_t name_octets)
{
    size_t size = AT_NAME + name_octets;
    return size + octets_padding(size, ALIGNMENT);
}

enum via_status portfolio_message_size(const struct portfolio_message *message, size_t *sizep)
{
    if (message->capacity > PORTFOLIO_DATA_MAX)
        return VIA_TOO_LARGE;
    enum via_status status = check_data(message->kind, message->data, message->size);
    if (status != VIA_OK)
        return status;
    bool has_buffer = message->capacity > 0;
    if (has_buffer != (message->kind == PORTFOLIO_BUFFERED) ||
        (has_buffer && message->size > message->capacity) ||
        (message->name != NULL && !portfolio_name_is_legal(message->name, SIZE_MAX)))
        return VIA_INVALID;
    *sizep = head_size(name_size(message)) + data_size(message->kind, message->size);
    return VIA_OK;
}

/* What stands before the data, and how many octets that is; those of a small message are in it. */
static size_t put_head(const struct portfolio_message *message, uint8_t *octets)
{
    size_t name_octets = name_size(message);
    octets[AT_KIND] = (uint8_t)message->kind;
    octets[AT_PRIORITY] = message->priority;
    octets_put_u16(octets + AT_NAME_SIZE, (uint16_t)name_octets);
    octets_put_u32(octets + AT_CAPACITY, message->capacity);
    octets_put_u32(octets + AT_RESULT, (uint32_t)message->result);
    octets_put_u32(octets + AT_REPLY_PORT, message->reply_port);
    octets_put_u32(octets + AT_SIZE, (uint32_t)data_size(message->kind, message->size));
    uint8_t *at = octets_append(octets + AT_NAME, message->name, name_octets);
    at = octets_append_zeros(at, head_size(name_octets) - AT_NAME - name_octets);
    if (message->kind == PORTFOLIO_SMALL)
        at = put_words(at, message->words);
    return (size_t)(at - octets);
}

void portfolio_message_encode(const struct portfolio_message *message, uint8_t *octets)
{
    size_t head = put_head(message, octets);
    (void)octets_append(octets + head, message->data, message->size);
}

/* Whether data of @said octets are what a message of @kind can have. */
static enum via_status check_said(enum portfolio_kind kind, uint32_t said, uint32_t capacity,
                                  size_t at, struct portfolio_fault *fault)
{
    if (said > PORTFOLIO_DATA_MAX)
        return refuse(fault, VIA_TOO_LARGE, at, "more data than a message may have");
    if (kind == PORTFOLIO_SMALL && said != PORTFOLIO_WORDS_SIZE)
        return refuse(fault, VIA_BAD_PAYLOAD, at, "a small message has not two words");
    if (kind == PORTFOLIO_BUFFERED && said > capacity)
        return refuse(fault, VIA_BAD_PAYLOAD, at, "more data than its buffer has room for");
    return VIA_OK;
}

static enum via_status check_head(const uint8_t *octets, size_t size, struct portfolio_fault *fault)
{
    size_t name_octets = octets_get_u16(octets + AT_NAME_SIZE);
    uint32_t capacity = octets_get_u32(octets + AT_CAPACITY);
    uint8_t kind = octets[AT_KIND];
    if (kind > PORTFOLIO_SMALL)
        return refuse(fault, VIA_BAD_PAYLOAD, AT_KIND, "no kind of messages");
    if (capacity > PORTFOLIO_DATA_MAX)
        return refuse(fault, VIA_TOO_LARGE, AT_CAPACITY, "a larger buffer than there may be");
    if ((kind == PORTFOLIO_BUFFERED) != (capacity > 0))
        return refuse(fault, VIA_BAD_PAYLOAD, AT_CAPACITY,
                      kind == PORTFOLIO_BUFFERED ? "a buffered message without a buffer"
                                                 : "a buffer of a message that has none");
    if (size < head_size(name_octets))
        return refuse(fault, VIA_BAD_PAYLOAD, AT_NAME_SIZE, "the name goes past the end");
    const char *name = (const char *)octets + AT_NAME;
    if (name_octets > 0 &&
        (!portfolio_name_is_legal(name, name_octets) || strlen(name) + 1 != name_octets))
        return refuse(fault, VIA_BAD_PAYLOAD, AT_NAME, "a name that no Item may have");
    size_t rest = AT_NAME + name_octets;
    if (octets_any(octets + rest, head_size(name_octets) - rest) != 0)
        return refuse(fault, VIA_BAD_PAYLOAD, rest, "octets that are to be zero");
    return VIA_OK;
}

enum via_status portfolio_message_decode(const uint8_t *octets, size_t size,
                                         struct portfolio_message *messagep,
                                         struct portfolio_fault *fault)
{
    if (size < head_size(0))
        return refuse(fault, VIA_BAD_PAYLOAD, size, "the head of a message goes past the end");
    enum via_status status = check_head(octets, size, fault);
    if (status != VIA_OK)
        return status;
    size_t name_octets = octets_get_u16(octets + AT_NAME_SIZE);
    size_t head = head_size(name_octets);
    struct portfolio_message message = {
        .kind = (enum portfolio_kind)octets[AT_KIND],
        .priority = octets[AT_PRIORITY],
        .capacity = octets_get_u32(octets + AT_CAPACITY),
        .result = (int32_t)octets_get_u32(octets + AT_RESULT),
        .reply_port = octets_get_u32(octets + AT_REPLY_PORT),
        .name = name_octets > 0 ? (const char *)octets + AT_NAME : NULL,
        .data = octets + head,
    };
    uint32_t said = octets_get_u32(octets + AT_SIZE);
    status = check_said(message.kind, said, message.capacity, AT_SIZE, fault);
    if (status != VIA_OK)
        return status;
    if (said != size - head)
        return refuse(fault, VIA_BAD_PAYLOAD, AT_SIZE,
                      "the data do not end where the payload does");
    if (message.kind == PORTFOLIO_SMALL)
        get_words(octets + head, message.words);
    else
        message.size = said;
    *messagep = message;
    return VIA_OK;
}

/* ---- answers ---- */

/* Between data and what is behind them. */
static size_t gap_size(size_t size, size_t more_size)
{
    return more_size > 0 ? octets_padding(size, MORE_ALIGNMENT) : 0;
}

enum via_status portfolio_answer_size(const struct portfolio_answer *answer, size_t *sizep)
{
    enum via_status status = check_data(answer->kind, answer->data, answer->size);
    if (status == VIA_OK)
        status = check_data(PORTFOLIO_STANDARD, answer->more, answer->more_size);
    if (status != VIA_OK)
        return status;
    size_t size = data_size(answer->kind, answer->size);
    *sizep = AT_ANSWER_DATA + size + gap_size(size, answer->more_size) + answer->more_size;
    return VIA_OK;
}

size_t portfolio_answer_encode_head(const struct portfolio_answer *answer, uint8_t *octets)
{
    octets_put_u32(octets, (uint32_t)answer->kind);
    octets_put_u32(octets + AT_ANSWER_RESULT, (uint32_t)answer->result);
    octets_put_u32(octets + AT_ANSWER_SIZE, (uint32_t)data_size(answer->kind, answer->size));
    octets_put_u32(octets + AT_ANSWER_MORE_SIZE, (uint32_t)answer->more_size);
    if (answer->kind != PORTFOLIO_SMALL)
        return AT_ANSWER_DATA;
    (void)put_words(octets + AT_ANSWER_DATA, answer->words);
    return AT_ANSWER_DATA + PORTFOLIO_WORDS_SIZE;
}

void portfolio_answer_encode(const struct portfolio_answer *answer, uint8_t *octets)
{
    uint8_t *at = octets + portfolio_answer_encode_head(answer, octets);
    at = octets_append(at, answer->data, answer->size);
    at = octets_append_zeros(at, gap_size((size_t)(at - octets), answer->more_size));
    (void)octets_append(at, answer->more, answer->more_size);
}

enum via_status portfolio_answer_decode(const uint8_t *octets, size_t size,
                                        enum portfolio_kind kind, uint32_t capacity,
                                        struct portfolio_answer *answerp,
                                        struct portfolio_fault *fault)
{
    if (size < AT_ANSWER_DATA)
        return refuse(fault, VIA_BAD_PAYLOAD, size, "the head of an answer goes past the end");
    if (octets[AT_ANSWER_KIND] != (uint8_t)kind)
        return refuse(fault, VIA_BAD_PAYLOAD, AT_ANSWER_KIND, "an answer to another kind");
    if (octets_any(octets + AT_ANSWER_ZEROS, AT_ANSWER_RESULT - AT_ANSWER_ZEROS) != 0)
        return refuse(fault, VIA_BAD_PAYLOAD, AT_ANSWER_ZEROS, "octets that are to be zero");
    uint32_t said = octets_get_u32(octets + AT_ANSWER_SIZE);
    uint32_t more = octets_get_u32(octets + AT_ANSWER_MORE_SIZE);
    enum via_status status = check_said(kind, said, capacity, AT_ANSWER_SIZE, fault);
    if (status != VIA_OK)
        return status;
    if (more > PORTFOLIO_DATA_MAX)
        return refuse(fault, VIA_TOO_LARGE, AT_ANSWER_MORE_SIZE, "more than a message may have");
    size_t gap = gap_size(said, more);
    if (size - AT_ANSWER_DATA != said + gap + more)
        return refuse(fault, VIA_BAD_PAYLOAD, AT_ANSWER_SIZE,
                      "the data do not end where the payload does");
    if (octets_any(octets + AT_ANSWER_DATA + said, gap) != 0)
        return refuse(fault, VIA_BAD_PAYLOAD, AT_ANSWER_DATA + said, "octets that are to be zero");
    struct portfolio_answer answer = {
        .kind = kind,
        .result = (int32_t)octets_get_u32(octets + AT_ANSWER_RESULT),
        .data = octets + AT_ANSWER_DATA,
        .more = octets + AT_ANSWER_DATA + said + gap,
        .more_size = more,
    };
    if (kind == PORTFOLIO_SMALL)
        get_words(octets + AT_ANSWER_DATA, answer.words);
    else
        answer.size = said;
    *answerp = answer;
    return VIA_OK;
}

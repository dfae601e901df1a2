/*
 * Portfolio's messages. The first octet says what the others are: 'm' a message as a frame brings
 * it, behind a u32, its code; 'a' an answer, behind octets that say to what; 'p' what a provider of
 * pods says, behind an octet, its code; 's' data of EB_SendEvent; 'r' a record; 'j' a message's
 * JSON, behind its code. What is taken is encoded as the same again, and its JSON reads as a
 * message of the same JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_event_names.h"
#include "codecs/portfolio_fields.h"
#include "codecs/portfolio_flavors.h"
#include "codecs/portfolio_frames.h"
#include "codecs/portfolio_json.h"
#include "codecs/portfolio_pod.h"
#include "codecs/utf8.h"
#include "tests/fuzz/fuzz.h"

#define CODE_SIZE 4u
#define ANSWER_HEAD 6u /* code as u16, kind, capacity as u24 */
#define N_POD_CODES (PORTFOLIO_ITEM_NAME - PORTFOLIO_POD_ATTACH + 1u)

static void require(bool condition)
{
    if (!condition)
        abort();
}

static const char *name_of(void *user, uint8_t number)
{
    (void)user;
    return number == 130 ? "door" : NULL;
}

static uint8_t number_of(void *user, const char *text, size_t size)
{
    (void)user;
    return size == 4 && memcmp(text, "door", size) == 0 ? 130 : 0;
}

static const struct portfolio_json_names names = {.name = name_of, .number = number_of};

/* ---- JSON ---- */

static enum via_status read_text(const void *text, size_t size, uint32_t code,
                                 struct via_parcel *parcel)
{
    struct json_parcel_fault fault = {.offset = 0};
    struct portfolio_question question;
    struct buffer scratch;
    buffer_init(&scratch, SIZE_MAX);
    enum via_status status =
        portfolio_json_read(text, size, code, &names, parcel, &question, &scratch, &fault);
    if (status != VIA_OK)
        require(fault.text[0] != '\0' && fault.offset <= size && via_parcel_size(parcel) == 0);
    else
        require(question.code == code);
    buffer_deinit(&scratch);
    return status;
}

/* The JSON of these octets makes octets of the same JSON. */
static void there_and_back(const uint8_t *octets, size_t size, uint32_t code)
{
    struct via_parcel *parcel = NULL;
    struct buffer first, second;
    buffer_init(&first, SIZE_MAX);
    buffer_init(&second, SIZE_MAX);
    require(via_parcel_create(&parcel) == VIA_OK);
    require(portfolio_json_write_message(&first, octets, size, code, &names) == VIA_OK);
    require(read_text(first.data, first.size, code, parcel) == VIA_OK);
    require(portfolio_json_write_message(&second, via_parcel_data(parcel), via_parcel_size(parcel),
                                         code, &names) == VIA_OK);
    require(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    (void)via_parcel_unref(parcel);
    buffer_deinit(&first);
    buffer_deinit(&second);
}

static bool try_json(const uint8_t *octets, size_t size)
{
    struct via_parcel *parcel = NULL;
    if (size < CODE_SIZE)
        return false;
    uint32_t code = octets_get_u32(octets);
    require(via_parcel_create(&parcel) == VIA_OK);
    bool is_good = read_text(octets + CODE_SIZE, size - CODE_SIZE, code, parcel) == VIA_OK;
    if (is_good)
        there_and_back(via_parcel_data(parcel), via_parcel_size(parcel), code);
    (void)via_parcel_unref(parcel);
    return is_good;
}

/* ---- messages and answers ---- */

static void walk_ports(const uint8_t *data, size_t size)
{
    struct portfolio_ports ports;
    size_t at = 0, last = 0;
    portfolio_ports_start(&ports, data, size);
    while (portfolio_ports_next(&ports, &at)) {
        require(at > last && size >= PORTFOLIO_REF_SLOT && at <= size - PORTFOLIO_REF_SLOT);
        last = at;
    }
}

static bool is_text(const char *name)
{
    return name == NULL || utf8_check(name, strlen(name));
}

static bool try_message(const uint8_t *octets, size_t size)
{
    struct portfolio_message message;
    struct portfolio_fault fault = {.words = NULL};
    if (size < CODE_SIZE)
        return false;
    uint32_t code = octets_get_u32(octets);
    octets += CODE_SIZE;
    size -= CODE_SIZE;
    if (portfolio_message_decode(octets, size, &message, &fault) != VIA_OK) {
        require(fault.words != NULL && fault.at <= size);
        return false;
    }
    size_t needed = 0;
    require(portfolio_message_size(&message, &needed) == VIA_OK && needed == size);
    uint8_t *again = malloc(size);
    require(again != NULL);
    portfolio_message_encode(&message, again);
    require(memcmp(again, octets, size) == 0);
    free(again);
    walk_ports(message.data, message.size);
    bool is_providers = code >= PORTFOLIO_POD_ATTACH && portfolio_flavor_name(code) != NULL;
    if (is_text(message.name) && !is_providers) /* JSON with such a code is no message */
        there_and_back(octets, size, code);
    return true;
}

static bool try_answer(const uint8_t *octets, size_t size)
{
    struct portfolio_answer answer;
    struct portfolio_fault fault = {.words = NULL};
    struct buffer out;
    if (size < ANSWER_HEAD)
        return false;
    const struct portfolio_question question = {
        .code = octets_get_u16(octets),
        .kind = (enum portfolio_kind)(octets[2] % (PORTFOLIO_PROVIDER + 1)),
        .capacity = octets_get_u32(octets + 2) >> 8};
    octets += ANSWER_HEAD;
    size -= ANSWER_HEAD;
    if (portfolio_answer_decode(octets, size, question.kind, question.capacity, &answer, &fault) !=
        VIA_OK) {
        require(fault.words != NULL && fault.at <= size);
        return false;
    }
    size_t needed = 0;
    require(portfolio_answer_size(&answer, &needed) == VIA_OK && needed == size);
    uint8_t *again = malloc(size);
    require(again != NULL);
    portfolio_answer_encode(&answer, again);
    require(memcmp(again, octets, size) == 0);
    free(again);
    walk_ports(answer.data, answer.size);
    buffer_init(&out, SIZE_MAX);
    require(portfolio_json_write_answer(&out, octets, size, &question) == VIA_OK);
    buffer_deinit(&out);
    return true;
}

/* ---- providers ---- */

/* What a payload of @code is when written again; 0: it is none. */
static size_t again(const uint8_t *octets, size_t size, uint32_t code, uint8_t *out, bool *is_textp)
{
    struct portfolio_fault fault = {.words = NULL};
    struct portfolio_pod_attach attach;
    struct portfolio_pod_states states;
    struct portfolio_pod_output output;
    struct portfolio_pod_done done;
    uint32_t number;
    switch (code) {
    case PORTFOLIO_POD_ATTACH:
        if (portfolio_pod_get_attach(octets, size, &attach, &fault) != VIA_OK)
            break;
        *is_textp = is_text(attach.name);
        return portfolio_pod_put_attach(&attach, out);
    case PORTFOLIO_POD_STATE:
        return portfolio_pod_get_states(octets, size, &states, &fault) == VIA_OK
                   ? portfolio_pod_put_states(&states, out)
                   : 0;
    case PORTFOLIO_POD_OUTPUT:
        return portfolio_pod_get_output(octets, size, &output, &fault) == VIA_OK
                   ? portfolio_pod_put_output(&output, out)
                   : 0;
    case PORTFOLIO_POD_DONE:
        return portfolio_pod_get_done(octets, size, &done, &fault) == VIA_OK
                   ? portfolio_pod_put_done(&done, out)
                   : 0;
    default:
        return portfolio_pod_get_number(octets, size, &number, &fault) == VIA_OK
                   ? portfolio_pod_put_number(number, out)
                   : 0;
    }
    require(fault.words != NULL && fault.at <= size);
    return 0;
}

/* States come in any order, but are shown in that of their classes. */
static bool try_provider(const uint8_t *octets, size_t size)
{
    uint8_t out[PORTFOLIO_POD_PAYLOAD_MAX];
    struct buffer text;
    bool is_shown = true;
    if (size == 0)
        return false;
    uint32_t code = PORTFOLIO_POD_ATTACH + octets[0] % N_POD_CODES;
    octets++;
    size--;
    size_t n = again(octets, size, code, out, &is_shown);
    if (n == 0)
        return false;
    require(n == size && memcmp(out, octets, n) == 0);
    buffer_init(&text, SIZE_MAX);
    require(portfolio_json_write_message(&text, octets, size, code, NULL) == VIA_OK);
    buffer_deinit(&text);
    if (is_shown && code != PORTFOLIO_POD_OUTPUT && code != PORTFOLIO_POD_DETACH &&
        code != PORTFOLIO_POD_STATE)
        there_and_back(octets, size, code);
    return true;
}

/* ---- events ---- */

static void try_names(const uint8_t *octets, size_t size)
{
    const char *name;
    uint8_t number;
    size_t at = PORTFOLIO_EVENT_NAMES_HEAD;
    struct buffer text;
    while (portfolio_event_names_next(octets, size, &at, &number, &name)) {
        uint8_t written[PORTFOLIO_EVENT_NAME_MAX];
        const size_t n = (size_t)(portfolio_event_name_put(written, number, name) - written);
        require(at <= size && memcmp(octets + at - n, written, n) == 0);
    }
    buffer_init(&text, SIZE_MAX);
    require(!portfolio_pod_is(octets, size) ||
            (portfolio_json_write_message(&text, octets, size, PORTFOLIO_EVENT_NAMES, NULL) ==
             VIA_OK) == portfolio_event_names_are(octets, size));
    buffer_deinit(&text);
}

static bool try_record(const uint8_t *octets, size_t size)
{
    struct portfolio_fault fault = {.words = NULL};
    struct portfolio_frame frame;
    size_t at = PORTFOLIO_FRAMES_AT, sum = PORTFOLIO_FRAMES_AT + PORTFOLIO_FRAMES_END;
    walk_ports(octets, size);
    try_names(octets, size);
    if (portfolio_frames_check(octets, size, &fault) != VIA_OK) {
        require(fault.words != NULL && fault.at <= size);
        while (portfolio_frames_next(octets, size, &at, &frame))
            require(frame.size <= size && at <= size);
        return false;
    }
    while (portfolio_frames_next(octets, size, &at, &frame))
        sum += portfolio_frame_size(frame.size);
    require(sum == size);
    return true;
}

static bool try_sent(const uint8_t *octets, size_t size)
{
    uint8_t record[PORTFOLIO_RECORD_MAX], second[PORTFOLIO_RECORD_MAX];
    struct portfolio_fault fault = {.words = NULL};
    size_t n = 0, n_second = 0;
    int32_t err = portfolio_send_event_take(octets, size, true, record, &n, &fault);
    int32_t limited = portfolio_send_event_take(octets, size, false, second, &n_second, NULL);
    if (err < 0) {
        require(limited < 0 && fault.words != NULL && fault.at <= size);
        return false;
    }
    require(n <= sizeof record && portfolio_frames_check(record, n, NULL) == VIA_OK);
    require(portfolio_send_event_take(record, n, true, second, &n_second, NULL) == 0);
    require(n == n_second && memcmp(record, second, n) == 0);
    return true;
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    if (size == 0)
        return false;
    switch (octets[0]) {
    case 'm':
        return try_message(octets + 1, size - 1);
    case 'a':
        return try_answer(octets + 1, size - 1);
    case 'p':
        return try_provider(octets + 1, size - 1);
    case 's':
        return try_sent(octets + 1, size - 1);
    case 'r':
        return try_record(octets + 1, size - 1);
    case 'j':
        return try_json(octets + 1, size - 1);
    default:
        return false;
    }
}

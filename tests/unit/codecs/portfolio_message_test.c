/*
 * Messages and answers octet by octet, and what is refused of them.
 */
#include <cmocka.h>
#include <stdio.h>

#include "codecs/octets.h"
#include "codecs/portfolio_message.h"
#include "tests/unit/codecs/phoenix_octets.h"

#define ROOM 512u
#define ZEROS12 "000000000000000000000000"

/* EB_SetFocus, of a standard message and a buffered one. */
#define FOCUS "0d000000 05000040"
#define STANDARD "00000000 00000000 00000000 07000040 08000000"
#define BUFFERED "01640800 00080000 00000000 07000040 08000000"
#define NAME "6d6f6e69746f7200" /* "monitor" */

static const uint8_t focus[] = {13, 0, 0, 0, 5, 0, 0, 0x40};

static struct portfolio_message standard(void)
{
    return (struct portfolio_message){
        .kind = PORTFOLIO_STANDARD,
        .reply_port = 0x40000007,
        .data = focus,
        .size = sizeof focus,
    };
}

static struct portfolio_message buffered(void)
{
    struct portfolio_message message = standard();
    message.kind = PORTFOLIO_BUFFERED;
    message.priority = 100;
    message.capacity = 2048;
    message.name = "monitor";
    return message;
}

static struct portfolio_message small(void)
{
    return (struct portfolio_message){
        .kind = PORTFOLIO_SMALL, .result = -2, .reply_port = 7, .words = {0x01020304, UINT32_MAX}};
}

/* ---- messages ---- */

static size_t encode(const struct portfolio_message *message, uint8_t *octets)
{
    size_t size = 0;
    assert_int_equal(portfolio_message_size(message, &size), VIA_OK);
    assert_true(size < ROOM);
    memset(octets, 0xee, ROOM);
    portfolio_message_encode(message, octets);
    assert_int_equal(octets[size], 0xee);
    return size;
}

static void expect(const struct portfolio_message *message, const char *hex)
{
    uint8_t octets[ROOM], expected[ROOM];
    struct portfolio_message decoded;
    size_t size = encode(message, octets);
    assert_int_equal(size, octets_of(hex, expected, sizeof expected));
    assert_memory_equal(octets, expected, size);

    assert_int_equal(portfolio_message_decode(octets, size, &decoded, NULL), VIA_OK);
    assert_int_equal(decoded.kind, message->kind);
    assert_int_equal(decoded.priority, message->priority);
    assert_int_equal(decoded.capacity, message->capacity);
    assert_int_equal(decoded.result, message->result);
    assert_int_equal(decoded.reply_port, message->reply_port);
    assert_int_equal(decoded.size, message->size);
    assert_memory_equal(decoded.words, message->words, sizeof decoded.words);
    if (message->size > 0)
        assert_memory_equal(decoded.data, message->data, message->size);
    assert_int_equal(decoded.name == NULL, message->name == NULL);
    if (message->name != NULL)
        assert_string_equal(decoded.name, message->name);
}

static void messages_of_all_kinds_are_these_octets(void **state)
{
    (void)state;
    struct portfolio_message message = standard();
    expect(&message, STANDARD ZEROS12 FOCUS);
    message = buffered();
    expect(&message, BUFFERED NAME "00000000" FOCUS);
    message = small();
    expect(&message, "02000000 00000000 feffffff 07000000 08000000" ZEROS12 "04030201 ffffffff");
}

static void data_may_be_none_and_stand_at_a_multiple_of_16(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'n', sizeof name);
    for (size_t length = 255; length > 0; length--) {
        uint8_t octets[ROOM];
        struct portfolio_message message = buffered(), decoded;
        name[length] = '\0';
        message.name = name;
        message.size = length % 2 == 0 ? sizeof focus : 0;
        size_t size = encode(&message, octets);
        assert_int_equal((size - message.size) % 16, 0);
        assert_true(size - message.size <= PORTFOLIO_MESSAGE_HEAD_MAX);
        assert_int_equal(portfolio_message_decode(octets, size, &decoded, NULL), VIA_OK);
        assert_ptr_equal(decoded.data, octets + size - message.size);
        assert_string_equal(decoded.name, name);
    }
}

static void what_no_message_can_be_is_not_encoded(void **state)
{
    (void)state;
    size_t size;
    struct portfolio_message message = standard();
    message.data = NULL;
    assert_int_equal(portfolio_message_size(&message, &size), VIA_INVALID);
    message = standard();
    message.capacity = 8;
    assert_int_equal(portfolio_message_size(&message, &size), VIA_INVALID);
    message.capacity = PORTFOLIO_DATA_MAX + 1;
    assert_int_equal(portfolio_message_size(&message, &size), VIA_TOO_LARGE);
    message = standard();
    message.size = PORTFOLIO_DATA_MAX + 1;
    assert_int_equal(portfolio_message_size(&message, &size), VIA_TOO_LARGE);
    message = buffered();
    message.capacity = 7;
    assert_int_equal(portfolio_message_size(&message, &size), VIA_INVALID);
    message.capacity = 0;
    assert_int_equal(portfolio_message_size(&message, &size), VIA_INVALID);
    message = buffered();
    message.name = "two\nlines";
    assert_int_equal(portfolio_message_size(&message, &size), VIA_INVALID);
    message = small();
    message.data = focus;
    message.size = sizeof focus;
    assert_int_equal(portfolio_message_size(&message, &size), VIA_INVALID);
}

static void refuse(const char *hex, enum via_status status, size_t at, const char *words)
{
    uint8_t octets[ROOM];
    size_t size = octets_of(hex, octets, sizeof octets);
    struct portfolio_message message = {.size = 99};
    struct portfolio_fault fault = {.words = NULL};
    assert_int_equal(portfolio_message_decode(octets, size, &message, &fault), status);
    assert_int_equal(message.size, 99); /* untouched */
    assert_string_equal(fault.words, words);
    assert_int_equal(fault.at, at);
    assert_int_equal(portfolio_message_decode(octets, size, &message, NULL), status);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    refuse("", VIA_BAD_PAYLOAD, 0, "the head of a message goes past the end");
    refuse("03000000 00000000 00000000 07000040 08000000" ZEROS12 FOCUS, VIA_BAD_PAYLOAD, 0,
           "no kind of messages");
    refuse("00000000 01000000 00000000 07000040 08000000" ZEROS12 FOCUS, VIA_BAD_PAYLOAD, 4,
           "a buffer of a message that has none");
    refuse("02000000 01000000 00000000 07000040 08000000" ZEROS12 FOCUS, VIA_BAD_PAYLOAD, 4,
           "a buffer of a message that has none");
    refuse("01000000 00000000 00000000 07000040 08000000" ZEROS12 FOCUS, VIA_BAD_PAYLOAD, 4,
           "a buffered message without a buffer");
    refuse("01000000 01000001 00000000 07000040 08000000" ZEROS12 FOCUS, VIA_TOO_LARGE, 4,
           "a larger buffer than there may be");
    refuse("01000000 07000000 00000000 07000040 08000000" ZEROS12 FOCUS, VIA_BAD_PAYLOAD, 16,
           "more data than its buffer has room for");
    refuse("00000000 00000000 00000000 07000040 01000001" ZEROS12 FOCUS, VIA_TOO_LARGE, 16,
           "more data than a message may have");
    refuse("00000000 00000000 00000000 07000040 ffffffff" ZEROS12 FOCUS, VIA_TOO_LARGE, 16,
           "more data than a message may have");
    refuse("00000000 00000000 00000000 07000040 07000000" ZEROS12 FOCUS, VIA_BAD_PAYLOAD, 16,
           "the data do not end where the payload does");
    refuse("00000000 00000000 00000000 07000040 09000000" ZEROS12 FOCUS, VIA_BAD_PAYLOAD, 16,
           "the data do not end where the payload does");
    refuse("00000000 00000000 00000000 07000040 08000000 000000000000000000000001" FOCUS,
           VIA_BAD_PAYLOAD, 20, "octets that are to be zero");
    refuse("02000000 00000000 00000000 07000040 07000000" ZEROS12 "04030201 ffffff",
           VIA_BAD_PAYLOAD, 16, "a small message has not two words");
}

static void names_are_judged_within_the_payload(void **state)
{
    (void)state;
    static const char bad[] = "a name that no Item may have";
    refuse("0000ffff 00000000 00000000 07000040 08000000" ZEROS12 FOCUS, VIA_BAD_PAYLOAD, 2,
           "the name goes past the end");
    refuse("00001500 00000000 00000000 07000040 08000000" ZEROS12 FOCUS, VIA_BAD_PAYLOAD, 2,
           "the name goes past the end");
    refuse("00000100 00000000 00000000 07000040 08000000" ZEROS12 FOCUS, VIA_BAD_PAYLOAD, 20, bad);
    refuse("00000700 00000000 00000000 07000040 08000000" NAME "00000000" FOCUS, VIA_BAD_PAYLOAD,
           20, bad);
    refuse("00000900 00000000 00000000 07000040 08000000" NAME "00000000" FOCUS, VIA_BAD_PAYLOAD,
           20, bad);
    refuse("00000300 00000000 00000000 07000040 08000000 0a0a00000000000000000000" FOCUS,
           VIA_BAD_PAYLOAD, 20, bad);
}

static void a_message_is_cut_nowhere(void **state)
{
    (void)state;
    const struct portfolio_message messages[] = {standard(), buffered(), small()};
    for (size_t i = 0; i < 3; i++) {
        uint8_t octets[ROOM];
        size_t size = encode(&messages[i], octets);
        for (size_t cut = 0; cut < size; cut++) {
            struct portfolio_message decoded;
            uint8_t *exact = malloc(cut + 1); /* so that a sanitizer sees what is behind */
            assert_non_null(exact);
            memcpy(exact, octets, cut);
            assert_int_equal(portfolio_message_decode(exact, cut, &decoded, NULL), VIA_BAD_PAYLOAD);
            free(exact);
        }
        struct portfolio_message decoded;
        assert_int_equal(portfolio_message_decode(octets, size + 1, &decoded, NULL),
                         VIA_BAD_PAYLOAD);
    }
}

/* ---- answers ---- */

static void expect_answer(const struct portfolio_answer *answer, uint32_t capacity, const char *hex)
{
    uint8_t octets[ROOM], expected[ROOM];
    struct portfolio_answer decoded;
    size_t size = 0;
    memset(octets, 0xee, sizeof octets);
    assert_int_equal(portfolio_answer_size(answer, &size), VIA_OK);
    portfolio_answer_encode(answer, octets);
    assert_int_equal(octets[size], 0xee);
    assert_int_equal(size, octets_of(hex, expected, sizeof expected));
    assert_memory_equal(octets, expected, size);

    assert_int_equal(portfolio_answer_decode(octets, size, answer->kind, capacity, &decoded, NULL),
                     VIA_OK);
    assert_int_equal(decoded.kind, answer->kind);
    assert_int_equal(decoded.result, answer->result);
    assert_memory_equal(decoded.words, answer->words, sizeof decoded.words);
    assert_int_equal(decoded.size, answer->size);
    if (answer->size > 0)
        assert_memory_equal(decoded.data, answer->data, answer->size);
    assert_int_equal(decoded.more_size, answer->more_size);
    if (answer->more_size > 0)
        assert_memory_equal(decoded.more, answer->more, answer->more_size);

    for (size_t cut = 0; cut < size; cut++)
        assert_int_equal(
            portfolio_answer_decode(octets, cut, answer->kind, capacity, &decoded, NULL),
            VIA_BAD_PAYLOAD);
}

static void answers_of_all_kinds_are_these_octets(void **state)
{
    (void)state;
    struct portfolio_answer answer = {.kind = PORTFOLIO_STANDARD, .result = 0x40000005};
    expect_answer(&answer, 0, "00000000 05000040 00000000 00000000");
    answer = (struct portfolio_answer){.kind = PORTFOLIO_BUFFERED, .data = "abcdef", .size = 6};
    expect_answer(&answer, 6, "01000000 00000000 06000000 00000000 616263646566");
    answer.more = "xyz";
    answer.more_size = 3;
    expect_answer(&answer, 2048, "01000000 00000000 06000000 03000000 616263646566 0000 78797a");
    answer = (struct portfolio_answer){
        .kind = PORTFOLIO_SMALL, .result = INT32_MIN, .words = {1, 0x80000000}};
    expect_answer(&answer, 0, "02000000 00000080 08000000 00000000 01000000 00000080");
}

static void what_no_answer_can_be_is_not_encoded(void **state)
{
    (void)state;
    size_t size;
    struct portfolio_answer answer = {.size = 1};
    assert_int_equal(portfolio_answer_size(&answer, &size), VIA_INVALID);
    answer = (struct portfolio_answer){.more_size = 1};
    assert_int_equal(portfolio_answer_size(&answer, &size), VIA_INVALID);
    answer = (struct portfolio_answer){.data = focus, .size = PORTFOLIO_DATA_MAX + 1};
    assert_int_equal(portfolio_answer_size(&answer, &size), VIA_TOO_LARGE);
    answer = (struct portfolio_answer){.more = focus, .more_size = PORTFOLIO_DATA_MAX + 1};
    assert_int_equal(portfolio_answer_size(&answer, &size), VIA_TOO_LARGE);
}

static void refuse_answer(const char *hex, enum portfolio_kind kind, uint32_t capacity,
                          enum via_status status, size_t at, const char *words)
{
    uint8_t octets[ROOM];
    size_t size = octets_of(hex, octets, sizeof octets);
    struct portfolio_answer answer = {.size = 99};
    struct portfolio_fault fault = {.words = NULL};
    assert_int_equal(portfolio_answer_decode(octets, size, kind, capacity, &answer, &fault),
                     status);
    assert_int_equal(answer.size, 99);
    assert_string_equal(fault.words, words);
    assert_int_equal(fault.at, at);
}

static void an_answer_fits_its_message(void **state)
{
    (void)state;
    static const char six[] = "01000000 00000000 06000000 00000000 616263646566";
    refuse_answer("", PORTFOLIO_STANDARD, 0, VIA_BAD_PAYLOAD, 0,
                  "the head of an answer goes past the end");
    refuse_answer(six, PORTFOLIO_STANDARD, 0, VIA_BAD_PAYLOAD, 0, "an answer to another kind");
    refuse_answer(six, PORTFOLIO_BUFFERED, 5, VIA_BAD_PAYLOAD, 8,
                  "more data than its buffer has room for");
    refuse_answer("00000100 00000000 00000000 00000000", PORTFOLIO_STANDARD, 0, VIA_BAD_PAYLOAD, 1,
                  "octets that are to be zero");
    refuse_answer("00000000 00000000 01000001 00000000", PORTFOLIO_STANDARD, 0, VIA_TOO_LARGE, 8,
                  "more data than a message may have");
    refuse_answer("00000000 00000000 00000000 ffffffff", PORTFOLIO_STANDARD, 0, VIA_TOO_LARGE, 12,
                  "more than a message may have");
    refuse_answer("00000000 00000000 01000000 04000000 61000100 78797a7a", PORTFOLIO_STANDARD, 0,
                  VIA_BAD_PAYLOAD, 17, "octets that are to be zero");
    refuse_answer("00000000 00000000 00000000 00000000 00", PORTFOLIO_STANDARD, 0, VIA_BAD_PAYLOAD,
                  8, "the data do not end where the payload does");
    refuse_answer("02000000 00000000 04000000 00000000 01000000", PORTFOLIO_SMALL, 0,
                  VIA_BAD_PAYLOAD, 8, "a small message has not two words");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_all_kinds_are_these_octets),
        cmocka_unit_test(data_may_be_none_and_stand_at_a_multiple_of_16),
        cmocka_unit_test(what_no_message_can_be_is_not_encoded),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(names_are_judged_within_the_payload),
        cmocka_unit_test(a_message_is_cut_nowhere),
        cmocka_unit_test(answers_of_all_kinds_are_these_octets),
        cmocka_unit_test(what_no_answer_can_be_is_not_encoded),
        cmocka_unit_test(an_answer_fits_its_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

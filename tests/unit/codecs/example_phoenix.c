/*
 * Examples of Phoenix's messages: "Message:", or "Answer:" to the one before, and "Json:" what it
 * is there, if the ABI is the canonical one.
 */
#include <inttypes.h>

#include "codecs/phoenix_json.h"
#include "tests/unit/codecs/example.h"
#include "tests/unit/codecs/phoenix_json_request.h"

static struct phoenix_question question; /* of the message before, for its answer */

/* Without the zeros at the end. */
static void say_raw(struct line *line, const char *key, const uint8_t *raw)
{
    size_t size = raw == NULL ? 0 : PHOENIX_RAW_SIZE;
    while (size > 0 && raw[size - 1] == 0)
        size--;
    say(line, " %s=", key);
    say_hex(line, raw, size);
}

static void check_json(const struct example *example, struct buffer *json)
{
    struct line line = {.size = 0};
    say(&line, "Json: %.*s", (int)json->size, (const char *)json->data);
    expect_line(example, &line);
}

void example_check_message(const struct example *example, const struct frame *frame)
{
    struct phoenix_request request;
    struct line line = {.size = 0};
    assert_int_equal(phoenix_request_decode(frame->body, frame->body_size, frame->code, &request),
                     VIA_OK);
    say(&line,
        "Message: type=%" PRId32 " pid=%" PRId32 " priority=%" PRIu32 " port=0x%" PRIx32
        " id=%" PRIu64 " err=%" PRId32 " abi=0x%" PRIx32 " pulse=%d ioctl=%d",
        request.type, request.pid, request.priority, request.oid.port, request.oid.id, request.err,
        request.abi, request.is_pulse, request.is_ioctl);
    say_raw(&line, "i.raw", request.in_raw);
    say_raw(&line, "o.raw", request.out_raw);
    say(&line, request.in_data == NULL ? " i.data=none" : " i.data=");
    say_hex(&line, request.in_data, request.in_size);
    if (request.has_out)
        say(&line, " o.size=%zu", request.out_size);
    else
        say(&line, " o.size=none");
    expect_line(example, &line);

    uint8_t again[sizeof example->octets];
    size_t size = 0;
    assert_int_equal(phoenix_request_size(&request, &size), VIA_OK);
    assert_int_equal(size, frame->body_size);
    phoenix_request_encode(&request, again);
    assert_memory_equal(again, frame->body, size);
    phoenix_request_question(&request, &question);
    question.abi = PHOENIX_ABI_LP64;
    if (request.abi != PHOENIX_ABI_LP64)
        return;
    struct buffer json;
    buffer_init(&json, SIZE_MAX);
    assert_int_equal(phoenix_json_write_request(&json, &request), VIA_OK);
    check_json(example, &json);
    buffer_deinit(&json);
}

void example_check_answer(const struct example *example, const struct frame *frame)
{
    struct phoenix_reply reply;
    struct line line = {.size = 0};
    assert_int_equal(phoenix_reply_decode(frame->body, frame->body_size, &question, &reply),
                     VIA_OK);
    say(&line, "Answer: err=%" PRId32 " abi=0x%" PRIx32, reply.err, reply.abi);
    say_raw(&line, "o.raw", reply.out_raw);
    say(&line, " o.data=");
    say_hex(&line, reply.out_data, reply.n);
    expect_line(example, &line);

    uint8_t again[sizeof example->octets];
    memcpy(again + PHOENIX_REPLY_SIZE, reply.out_data, reply.n);
    size_t size = phoenix_reply_encode(reply.err, reply.abi, reply.out_raw, reply.n, again);
    assert_int_equal(size, frame->body_size);
    assert_memory_equal(again, frame->body, size);
    struct buffer json, scratch;
    buffer_init(&json, SIZE_MAX);
    buffer_init(&scratch, SIZE_MAX);
    assert_int_equal(phoenix_json_write_reply(&json, &reply, &question, &scratch), VIA_OK);
    check_json(example, &json);
    buffer_deinit(&json);
    buffer_deinit(&scratch);
}

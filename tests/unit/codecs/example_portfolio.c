/*
 * Examples of Portfolio's messages: "Message:", or "Answer:" to the one before, or "Pod:", and
 * "Json:" what it is there.
 */
#include <inttypes.h>
#include <stdbool.h>

#include "codecs/portfolio_json.h"
#include "codecs/portfolio_pod.h"
#include "tests/unit/codecs/example.h"

static struct portfolio_question question; /* of the message before, for its answer */

static void check_json(const struct example *example, struct buffer *json)
{
    struct line line = {.size = 0};
    say(&line, "Json: %.*s", (int)json->size, (const char *)json->data);
    expect_line(example, &line);
    buffer_deinit(json);
}

static void check_provider(const struct example *example, const struct frame *frame)
{
    struct line line = {.size = 0};
    say(&line, "Pod: ");
    say_hex(&line, frame->body, frame->body_size);
    expect_line(example, &line);
    question = (struct portfolio_question){.code = frame->code, .kind = PORTFOLIO_PROVIDER};
}

static void check_message(const struct example *example, const struct frame *frame)
{
    struct portfolio_message message;
    struct line line = {.size = 0};
    assert_int_equal(portfolio_message_decode(frame->body, frame->body_size, &message, NULL),
                     VIA_OK);
    say(&line,
        "Message: kind=%d priority=%d capacity=%" PRIu32 " result=%" PRId32 " port=0x%" PRIx32
        " name=%s",
        (int)message.kind, message.priority, message.capacity, message.result, message.reply_port,
        message.name != NULL ? message.name : "none");
    if (message.kind == PORTFOLIO_SMALL)
        say(&line, " words=0x%" PRIx32 ",0x%" PRIx32, message.words[0], message.words[1]);
    else
        say(&line, " data=");
    say_hex(&line, message.data, message.size);
    expect_line(example, &line);

    uint8_t again[sizeof example->octets];
    size_t size = 0;
    assert_int_equal(portfolio_message_size(&message, &size), VIA_OK);
    assert_int_equal(size, frame->body_size);
    portfolio_message_encode(&message, again);
    assert_memory_equal(again, frame->body, size);
    question = (struct portfolio_question){
        .code = frame->code, .kind = message.kind, .capacity = message.capacity};
}

void example_check_portfolio_call(const struct example *example, const struct frame *frame)
{
    struct buffer json;
    if (portfolio_pod_is(frame->body, frame->body_size))
        check_provider(example, frame);
    else
        check_message(example, frame);
    buffer_init(&json, SIZE_MAX);
    assert_int_equal(
        portfolio_json_write_message(&json, frame->body, frame->body_size, frame->code, NULL),
        VIA_OK);
    check_json(example, &json);
}

void example_check_portfolio_answer(const struct example *example, const struct frame *frame)
{
    struct portfolio_answer answer;
    struct line line = {.size = 0};
    struct buffer json;
    assert_int_equal(portfolio_answer_decode(frame->body, frame->body_size, question.kind,
                                             question.capacity, &answer, NULL),
                     VIA_OK);
    say(&line, "Answer: kind=%d result=%" PRId32 " data=", (int)answer.kind, answer.result);
    say_hex(&line, answer.data, answer.size);
    say(&line, " more=");
    say_hex(&line, answer.more, answer.more_size);
    expect_line(example, &line);

    uint8_t again[sizeof example->octets];
    size_t size = 0;
    assert_int_equal(portfolio_answer_size(&answer, &size), VIA_OK);
    assert_int_equal(size, frame->body_size);
    portfolio_answer_encode(&answer, again);
    assert_memory_equal(again, frame->body, size);
    buffer_init(&json, SIZE_MAX);
    assert_int_equal(portfolio_json_write_answer(&json, frame->body, frame->body_size, &question),
                     VIA_OK);
    check_json(example, &json);
}

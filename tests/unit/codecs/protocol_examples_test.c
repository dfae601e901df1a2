/*
 * The hex examples of docs/PROTOCOL.md: each decodes to what the lines above it say, and encodes to
 * the same octets again. "Frame:" has the header; what is inside is said by the lines "Hello:",
 * "Meta:", "Values:" (or "Octets:", for a payload without tape) and "Text:", each of which must be
 * there when there is such a thing, word for word as it is written here. A payload of Phoenix is a
 * "Message:", or the "Answer:" to the one before it, and "Json:" what it is there.
 */
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/frame.h"
#include "codecs/hello.h"
#include "codecs/meta.h"
#include "codecs/payload.h"
#include "tests/unit/codecs/example.h"

#define EXAMPLES_LEAST 25u

/* The number behind @key in the line of the header. */
static uint64_t stated(const struct example *example, const char *key)
{
    const char *at = strstr(example->lines[0], key);
    if (at == NULL) {
        fail_msg("no %s in: %s", key, example->lines[0]);
        return 0;
    }
    return strtoull(at + strlen(key), NULL, 0);
}

/* Octets stand in two hex digits each; behind # is for people. */
static void add_octets(struct example *example, const char *line)
{
    line += strspn(line, " ");
    while (*line != '\0' && *line != '#') {
        char *end = NULL;
        unsigned long octet = strtoul(line, &end, 16);
        assert_int_equal(end - line, 2);
        assert_true(octet <= UINT8_MAX && example->size < sizeof example->octets);
        example->octets[example->size++] = (uint8_t)octet;
        line = end + strspn(end, " ");
    }
}

static void check_hello(const struct example *example, const struct frame *frame)
{
    struct hello hello;
    assert_int_equal(hello_decode(frame->body, frame->body_size, &hello), VIA_OK);
    struct line line = {.size = 0};
    say(&line, "Hello: name=%s frame_max=%" PRIu32 " calls_max=%" PRIu32 " handles_max=%" PRIu32,
        hello.name, hello.frame_max, hello.calls_max, hello.handles_max);
    if (frame->kind == FRAME_WELCOME)
        say(&line,
            " epoch=0x%" PRIx64 " pid=%" PRId32 " uid=%" PRIu32 " gid=%" PRIu32 " token=%" PRIu64
            " identity=%s",
            hello.epoch, hello.pid, hello.uid, hello.gid, hello.token, hello.identity);
    expect_line(example, &line);

    uint8_t again[HELLO_SIZE_MAX];
    assert_int_equal(hello_encode(&hello, again), frame->body_size);
    assert_memory_equal(again, frame->body, frame->body_size);
}

static void check_meta(const struct example *example, const struct frame *frame)
{
    struct meta meta;
    assert_int_equal(meta_decode(frame->meta, frame->meta_size, &meta), VIA_OK);
    struct line line = {.size = 0};
    say(&line, "Meta:");
    if (meta.has_caller)
        say(&line, " caller=0x%" PRIx32, meta.caller);
    for (unsigned i = 0; i < meta.n_introductions; i++) {
        const struct meta_introduction *who = &meta.introductions[i];
        say(&line,
            " introduction=0x%" PRIx32 " pid=%" PRId32 " uid=%" PRIu32 " gid=%" PRIu32
            " token=%" PRIu64 " remote=%d identity=%.*s",
            who->number, who->pid, who->uid, who->gid, who->token, who->remote,
            (int)who->identity_size, who->identity);
    }
    if (meta.has_first)
        say(&line, " first=0x%" PRIx32, meta.first);
    if (meta.has_chain)
        say(&line, " chain=0x%" PRIx64 " depth=%" PRIu32, meta.chain, meta.depth);
    if (meta.has_trace) {
        say(&line, " trace=");
        say_hex(&line, meta.trace, sizeof meta.trace);
    }
    expect_line(example, &line);

    uint8_t again[META_SIZE_MAX];
    assert_int_equal(meta_size(&meta), frame->meta_size);
    meta_encode(&meta, again);
    assert_memory_equal(again, frame->meta, frame->meta_size);
}

static void say_text(struct line *line, const struct value *value)
{
    const uint8_t *octets = value->text.octets;
    if (value->tag == VIA_TAG_BYTES) {
        say(line, "bytes ");
        say_hex(line, octets, value->text.size);
        return;
    }
    size_t unit = value->tag == VIA_TAG_STR16 ? 2 : 1;
    say(line, value->tag == VIA_TAG_STR16 ? "str16 \"" : "str \"");
    for (size_t i = 0; i < value->text.size; i += unit)
        say(line, "%c", octets[i]);
    say(line, "\"");
}

static void say_value(struct line *line, const struct frame *frame, const struct value *value)
{
    static const char *const names[] = {
        [VIA_TAG_I8] = "i8",   [VIA_TAG_I16] = "i16",    [VIA_TAG_I32] = "i32",
        [VIA_TAG_I64] = "i64", [VIA_TAG_U8] = "u8",      [VIA_TAG_U16] = "u16",
        [VIA_TAG_U32] = "u32", [VIA_TAG_U64] = "u64",    [VIA_TAG_BOOL] = "bool",
        [VIA_TAG_FD] = "fd",   [VIA_TAG_TOKEN] = "token"};
    struct frame_ref ref;
    switch (value->tag) {
    case VIA_TAG_STR:
    case VIA_TAG_STR16:
    case VIA_TAG_BYTES:
        if (value->null)
            say(line, "null");
        else
            say_text(line, value);
        break;
    case VIA_TAG_F32:
        say(line, "f32 %g", (double)value->f32);
        break;
    case VIA_TAG_F64:
        say(line, "f64 %g", value->f64);
        break;
    case VIA_TAG_REF:
        ref.handle = 0;
        if (!value->null)
            frame_ref_get(frame->refs, value->index, &ref);
        say(line, "ref 0x%" PRIx32, ref.handle);
        break;
    case VIA_TAG_FD:
        say(line, "fd %" PRIu32, value->index);
        break;
    case VIA_TAG_I8:
    case VIA_TAG_I16:
    case VIA_TAG_I32:
    case VIA_TAG_I64:
        say(line, "%s %" PRId64, names[value->tag], value->i);
        break;
    default:
        say(line, "%s %" PRIu64, names[value->tag], value->u);
        break;
    }
}

static void check_payload(const struct example *example, const struct frame *frame)
{
    struct line line = {.size = 0};
    const struct payload payload = {
        .layout = (enum via_layout)frame->layout,
        .octets = frame->body,
        .size = frame->body_size,
        .tape = frame->tape,
        .tape_size = frame->tape_size,
        .refs = frame->refs,
        .n_refs = frame->n_refs,
        .fds = frame->fds,
        .n_fds = frame->n_fds,
    };
    if (frame->tape_size == 0) {
        say(&line, "Octets: ");
        say_hex(&line, frame->body, frame->body_size);
        expect_line(example, &line);
        return;
    }
    struct payload_cursor cursor;
    struct value value;
    enum via_status status;
    payload_start(&cursor, &payload);
    say(&line, "Values:");
    const char *comma = " ";
    while ((status = payload_next(&cursor, &value)) == VIA_OK) {
        say(&line, "%s", comma);
        say_value(&line, frame, &value);
        comma = ", ";
    }
    assert_int_equal(status, VIA_END);
    expect_line(example, &line);
}

static void check_inside(const struct example *example, const struct frame *frame)
{
    if ((frame->flags & FRAME_META) != 0)
        check_meta(example, frame);
    if (frame->body_size == 0)
        return;
    if (frame->kind == FRAME_HELLO || frame->kind == FRAME_WELCOME) {
        check_hello(example, frame);
    } else if (frame->kind == FRAME_BYE) {
        struct line line = {.size = 0};
        say(&line, "Text: %.*s", (int)frame->body_size, (const char *)frame->body);
        expect_line(example, &line);
    } else if (frame->layout == VIA_LAYOUT_PHOENIX) {
        if (frame->kind == FRAME_CALL)
            example_check_message(example, frame);
        else
            example_check_answer(example, frame);
    } else if (frame->layout == VIA_LAYOUT_EVENT_BROKER) {
        if (frame->kind == FRAME_CALL)
            example_check_portfolio_call(example, frame);
        else
            example_check_portfolio_answer(example, frame);
    } else {
        check_payload(example, frame);
    }
}

static void check(const struct example *example)
{
    struct frame frame;
    size_t used = 0;
    assert_true(example->n_lines > 0);
    print_message("%s\n", example->lines[0]);
    assert_int_equal(frame_decode(example->octets, example->size, UINT32_MAX, &frame, &used),
                     VIA_OK);
    assert_int_equal(used, example->size);
    assert_int_equal(frame.kind, stated(example, "kind="));
    assert_int_equal(frame.flags, stated(example, "flags="));
    assert_int_equal(frame.layout, stated(example, "layout="));
    assert_int_equal(frame.id, stated(example, "id="));
    assert_int_equal(frame.object, stated(example, "object="));
    assert_int_equal(frame.code, stated(example, "code="));
    assert_int_equal(frame.time, stated(example, "time="));
    assert_int_equal(frame.body_size, stated(example, "body="));
    assert_int_equal(frame.n_refs, stated(example, "refs="));
    assert_int_equal(frame.n_fds, stated(example, "fds="));
    assert_int_equal((frame.flags & FRAME_GAP) != 0 ? frame.lost : 0, stated(example, "lost="));
    assert_int_equal(frame.tape_size, stated(example, "tape="));
    check_inside(example, &frame);

    uint8_t again[sizeof example->octets];
    assert_int_equal(frame_size(&frame), example->size);
    frame_encode(&frame, again);
    assert_memory_equal(again, example->octets, example->size);
}

/* The first line of an example has its header; anything else between is for people. */
static void keep_line(struct example *example, const char *line)
{
    static const char *const heads[] = {"Frame: ", "Hello: ",   "Meta: ",   "Values: ", "Octets: ",
                                        "Text: ",  "Message: ", "Answer: ", "Pod: ",    "Json: "};
    size_t head = 0;
    while (head < sizeof heads / sizeof *heads &&
           strncmp(line, heads[head], strlen(heads[head])) != 0)
        head++;
    if (head == sizeof heads / sizeof *heads)
        return;
    if (head == 0)
        example->n_lines = 0;
    assert_true((head == 0 || example->n_lines > 0) && example->n_lines < LINES_MAX);
    (void)snprintf(example->lines[example->n_lines++], LINE_MAX_SIZE, "%s", line);
}

static void each_example_is_what_it_says(void **state)
{
    (void)state;
    char path[LINE_MAX_SIZE];
    const char *root = getenv("VIADUCT_TEST_SOURCE");
    (void)snprintf(path, sizeof path, "%s/docs/PROTOCOL.md", root == NULL ? "." : root);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    struct example example = {.size = 0};
    char line[LINE_MAX_SIZE];
    bool inside = false;
    unsigned n_examples = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "```hex") == 0) {
            inside = true;
            example.size = 0;
        } else if (inside && strcmp(line, "```") == 0) {
            inside = false;
            n_examples++;
            check(&example);
            example.n_lines = 0;
        } else if (inside) {
            add_octets(&example, line);
        } else {
            keep_line(&example, line);
        }
    }
    (void)fclose(file);
    assert_true(n_examples >= EXAMPLES_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_example_is_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

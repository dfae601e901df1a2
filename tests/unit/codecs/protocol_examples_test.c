/*
 * The hex examples of docs/PROTOCOL.md: each decodes to what the line above it says, and encodes to
 * the same octets again. META and introductions in them parse, and tapes agree with their payloads.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/frame.h"
#include "codecs/hello.h"
#include "codecs/meta.h"
#include "codecs/payload.h"

#define LINE_MAX_SIZE 4096u
#define EXAMPLES_LEAST 12u

struct example {
    char caption[LINE_MAX_SIZE];
    uint8_t octets[1024];
    size_t size;
};

/* The number behind @key in the caption. */
static uint64_t stated(const struct example *example, const char *key)
{
    const char *at = strstr(example->caption, key);
    if (at == NULL)
        fail_msg("no %s in: %s", key, example->caption);
    return strtoull(at + strlen(key), NULL, 0);
}

static void add_octets(struct example *example, const char *line)
{
    unsigned octet = 0;
    int used = 0;
    while (*line != '#' && sscanf(line, " %2x%n", &octet, &used) == 1) {
        assert_true(example->size < sizeof example->octets);
        example->octets[example->size++] = (uint8_t)octet;
        line += used;
        line += strspn(line, " ");
    }
}

static void check_inside(const struct frame *frame)
{
    if (frame->kind == FRAME_HELLO || frame->kind == FRAME_WELCOME) {
        struct hello hello;
        assert_int_equal(hello_decode(frame->body, frame->body_size, &hello), VIA_OK);
    }
    if ((frame->flags & FRAME_META) != 0) {
        struct meta meta;
        assert_int_equal(meta_decode(frame->meta, frame->meta_size, &meta), VIA_OK);
    }
    if (frame->tape_size > 0) {
        const struct payload payload = {.layout = (enum via_layout)frame->layout,
                                        .octets = frame->body,
                                        .size = frame->body_size,
                                        .tape = frame->tape,
                                        .tape_size = frame->tape_size,
                                        .refs = frame->refs,
                                        .n_refs = frame->n_refs};
        assert_int_equal(payload_check(&payload), VIA_OK);
    }
}

static void check(const struct example *example)
{
    struct frame frame;
    size_t used = 0;
    print_message("%s\n", example->caption);
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
    check_inside(&frame);

    uint8_t again[sizeof example->octets];
    assert_int_equal(frame_size(&frame), example->size);
    frame_encode(&frame, again);
    assert_memory_equal(again, example->octets, example->size);
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
        if (strncmp(line, "Frame: ", 7) == 0) {
            (void)snprintf(example.caption, sizeof example.caption, "%s", line);
        } else if (strcmp(line, "```hex") == 0) {
            inside = true;
            example.size = 0;
        } else if (inside && strcmp(line, "```") == 0) {
            inside = false;
            n_examples++;
            check(&example);
        } else if (inside) {
            add_octets(&example, line);
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

/*
 * An example of docs/PROTOCOL.md, and the lines that are to stand above it.
 */
#pragma once

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "codecs/frame.h"

#define LINE_MAX_SIZE 4096u
#define LINES_MAX 5u

struct example {
    char lines[LINES_MAX][LINE_MAX_SIZE]; /* what is said above it, "Frame:" first */
    size_t n_lines;
    uint8_t octets[1024];
    size_t size;
};

/* A line is put together as it should stand in the page. */
struct line {
    char text[LINE_MAX_SIZE];
    size_t size;
};

__attribute__((format(printf, 2, 3))) static inline void say(struct line *line, const char *format,
                                                             ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length =
        vsnprintf(line->text + line->size, sizeof line->text - line->size, format, arguments);
    va_end(arguments);
    assert_true(length >= 0 && (size_t)length < sizeof line->text - line->size);
    line->size += (size_t)length;
}

static inline void expect_line(const struct example *example, const struct line *line)
{
    for (size_t i = 0; i < example->n_lines; i++)
        if (strcmp(example->lines[i], line->text) == 0)
            return;
    fail_msg("nothing above it says: %s", line->text);
}

static inline void say_hex(struct line *line, const uint8_t *octets, size_t size)
{
    for (size_t i = 0; i < size; i++)
        say(line, "%02x", octets[i]);
}

/* example_phoenix.c: a message, or the answer to the one before. */
void example_check_message(const struct example *example, const struct frame *frame);
void example_check_answer(const struct example *example, const struct frame *frame);
/* example_portfolio.c: likewise. */
void example_check_portfolio_call(const struct example *example, const struct frame *frame);
void example_check_portfolio_answer(const struct example *example, const struct frame *frame);

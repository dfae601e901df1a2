/*
 * HCS out of strings: loaded, written again, held to what a test expects.
 */
#pragma once

#include "codecs/hcs.h"

struct hcs_file_text {
    const char *path;
    const char *text;
};

/* Loads the first of @files, which end with a path that is NULL; the others can be included. */
enum via_status hcs_texts_load(const struct hcs_file_text *files, struct hcs_tree **treep,
                               struct hcs_fault *fault);

/* The tree of one text, which is right. hcs_tree_destroy() it. */
struct hcs_tree *hcs_text_load(const char *text);

/* @files come to @expected, as hcs_write_node() writes it but on one line and without root {}. */
void hcs_texts_expect(const struct hcs_file_text *files, const char *expected);
/* `root { TEXT }` comes to @expected. */
void hcs_text_expect(const char *text, const char *expected);

/* @files are wrong: @expected is FILE:LINE:COLUMN: WORDS. */
void hcs_texts_refuse(const struct hcs_file_text *files, enum via_status status,
                      const char *expected);
/* One text is: @expected is LINE:COLUMN: WORDS. */
void hcs_text_refuse(const char *text, const char *expected);

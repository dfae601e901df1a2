/*
 * viaduct phx: a small shell on Phoenix-RTOS servers of files. What its commands share beside what
 * phx.h has: whom they run for, and words for what went wrong.
 */
#pragma once

#include "codecs/buffer.h"
#include "gateway/cli/cli.h"
#include "gateway/cli/phx.h"

struct phx_shell {
    struct cli *cli;
    const char *path; /* of the message that a fault is about */
    struct phx_asker asker;
};

/* ---- command_phx.c ---- */

/* Says on stderr what @err came of. */
enum cli_exit phx_fail(const struct phx_shell *shell, int32_t err);
/* Likewise if it is negative. */
enum cli_exit phx_result(const struct phx_shell *shell, int32_t err);
/* For a terminal: without what it could not show. */
void phx_print(const char *text);
/* Prints and empties it. */
enum cli_exit phx_print_json(const struct phx_shell *shell, struct buffer *out);

/* ---- command_phx_stat.c ---- */

/* Members of a JSON object, the first with a comma before it. */
void phx_stat_json(struct buffer *out, const struct phx_stat *stat);

/* Each with as many words as its row in command_phx.c says. */
enum cli_exit phx_cat(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_ls(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_mkdir(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_mount(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_put(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_rm(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_show(struct phx_shell *shell, char **words, int n_words);
enum cli_exit phx_umount(struct phx_shell *shell, char **words, int n_words);

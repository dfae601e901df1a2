/*
 * viaduct pod: what its commands share.
 */
#pragma once

#include <stdio.h>

#include "gateway/cli/cli.h"

/* Each with as many words as its row in command_pod.c says. */
enum cli_exit pod_feed(struct cli *cli, char **words, int n_words);
enum cli_exit pod_ls(struct cli *cli, char **words, int n_words);
enum cli_exit pod_map(struct cli *cli, char **words, int n_words);
enum cli_exit pod_record(struct cli *cli, char **words, int n_words);
enum cli_exit pod_replay(struct cli *cli, char **words, int n_words);

/* @path for reading, "-" for standard input; NULL: said on stderr why not. pod_close_file() it. */
FILE *pod_open_file(const char *path);
void pod_close_file(FILE *file);

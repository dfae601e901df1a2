/*
 * The command line `viaduct`: what its commands share. Results go to stdout, errors to stderr in
 * words that say what to do next.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <viaduct/viaduct.h>

#include "codecs/event_filter.h"

/* Exit statuses; docs/OPERATIONS.md lists them. */
enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_NOT_FOUND = 3,
    CLI_DENIED = 4,
    CLI_DEAD = 5,
    CLI_TIMEOUT = 6,
    CLI_NO_GATEWAY = 7,
    CLI_UNAVAILABLE = 8
};

struct cli {
    struct via_node_options node_options; /* strings borrowed from the arguments */
    struct via_node *node;                /* owned */
    const char *gateway;                  /* for messages */
    const char *command;
    const char *from;           /* watch: latest, now or EPOCH:NUMBER */
    struct event_filter filter; /* watch */
    uint32_t timeout_ms;        /* of one call; 0: none */
    uint64_t count;             /* watch, ping: how many; 0: no end */
    bool json;
    bool waiting;         /* ls: not the names, but who waits for one or has it open */
    bool unanswered;      /* ls: those with requests that wait for their answer */
    bool foreground;      /* mount: does not return before it is unmounted */
    bool allow_other;     /* mount: other users may enter */
    bool server_ids;      /* mount: users and groups are the servers' */
    const char *broker;   /* pod: the event broker's name; NULL: the usual one */
    const char *pod_type; /* pod feed: PODID_... without that; NULL: a pad */
    bool step;            /* pod: the broker's fields go by as a recording says */
    int n_words;          /* what stands after the command, options taken out */
    char **words;
};

/* One command, with @cli->node made but not yet connected. Its exit status. */
typedef enum cli_exit (*cli_command_fn)(struct cli *cli);
/* For struct via_node_options. */
typedef void (*cli_link_fn)(void *user, const struct via_link_change *change);

enum cli_exit command_bind(struct cli *cli);
enum cli_exit command_bindings(struct cli *cli);
enum cli_exit command_call(struct cli *cli);
enum cli_exit command_hcs(struct cli *cli);
enum cli_exit command_ls(struct cli *cli);
enum cli_exit command_mount(struct cli *cli);
void command_mount_link(void *user, const struct via_link_change *change);
enum cli_exit command_phx(struct cli *cli);
enum cli_exit command_ping(struct cli *cli);
enum cli_exit command_pod(struct cli *cli);
enum cli_exit command_send(struct cli *cli);
enum cli_exit command_unbind(struct cli *cli);
/* ls --unanswered; @family and @pattern "": all */
enum cli_exit command_unanswered(struct cli *cli, const char *family, const char *pattern);
/* ls --waiting */
enum cli_exit command_waiting(struct cli *cli);
enum cli_exit command_watch(struct cli *cli);
void command_watch_link(void *user, const struct via_link_change *change);

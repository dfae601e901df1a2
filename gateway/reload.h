/*
 * Reload: the configuration and the files it names, read again while the gateway runs, because
 * somebody said so or because a file has changed. All of it comes into force, or nothing does.
 */
#pragma once

#include "bridge/loop.h"
#include "gateway/config.h"
#include "gateway/config_options.h"

struct gateway;

struct reload {
    struct gateway *gateway;     /* borrowed */
    struct config_options *said; /* owned: what stands over the file */
    struct loop_source watch;    /* inotify on the folders; its fd is owned, -1: not open */
    struct loop_timer settle;    /* until nothing has changed for a moment */
    uint64_t since_ms;           /* of the first change that has not been looked at */
    uint64_t seen;               /* fingerprint of the files as they were last read */
};

/* Copies @options and watches the files. */
VIA_MUST_USE enum via_status reload_open(struct reload *reload, struct gateway *gateway,
                                         const struct via_gateway_options *options);
void reload_close(struct reload *reload);
/* Reads everything again, whether it has changed or not. What is wrong is logged, and then nothing
 * has changed. */
VIA_MUST_USE enum via_status reload_now(struct reload *reload);

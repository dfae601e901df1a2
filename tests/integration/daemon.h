/*
 * A real viaductd: a process with a socket, a configuration and an audit in a folder of its own,
 * and a TLS listener on a port that was free, with certificates made for it.
 */
#pragma once

#include "tests/integration/process.h"
#include "tests/unit/bridge/certificates.h"

struct daemon {
    struct process process;
    struct certificates *certificates; /* owned: "ca", "server" for localhost, "client" of "ca" */
    char folder[64], socket[96], config[96], audit[96];
    char unix_address[128], wss_address[128];
    unsigned port;
    char
        limits[256]; /* of its configuration, beside that for handshakes; with a comma after each */
};

/* Makes folder and certificates; nothing runs yet. */
void daemon_prepare(struct daemon *daemon);
/* Runs it; the first time on any port, later on the same one. */
void daemon_start(struct daemon *daemon);
/* SIGTERM, and that it ends well: a leak it reports is a failure too. */
void daemon_stop(struct daemon *daemon);
/* kill -9. */
void daemon_kill(struct daemon *daemon);
/* After it has ended: removes what was made. */
void daemon_clean(struct daemon *daemon);

/* What the audit has by now; a string to free. */
char *daemon_audit(const struct daemon *daemon);

/* Settings that put a program at this gateway: over the socket, or over TLS as "client". Strings
 * live as long as @settings. */
struct settings {
    char texts[4][192];
    const char *list[5];
};
void daemon_settings(const struct daemon *daemon, bool remote, struct settings *settings);

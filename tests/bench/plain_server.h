/*
 * A plain libwebsockets server over TLS, as its examples have it.
 */
#pragma once

#include <libwebsockets.h>

/* Says "ready PORT", and serves @protocols with the first two arguments, a certificate and its key,
 * until its standard input ends. The process's exit status. */
int plain_server_run(int argc, char **argv, const struct lws_protocols *protocols, void *user);

/*
 * The conversation of two gateways, on a Unix socket of whole messages. It blocks, each message for
 * a limited time: while it lasts, both do nothing else.
 *
 *   next: ASK (version)                  last: OFFER (status, words; octets, descriptors)
 *                                        last: FDS, until all have been sent; the first is a file
 *                                              that holds the octets
 *   next: READY                          last: COMMIT: from here on the next one is the gateway
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

struct ucred;

/* @fd, connected, from now on waits at most @wait_ms for each message. */
VIA_MUST_USE enum via_status channel_open(int fd, uint32_t wait_ms);
/* A socket for it, bound to @path where nobody listens, or connected to it. VIA_NOT_CONNECTED:
 * nobody listens there. *fdp is the caller's. */
VIA_MUST_USE enum via_status channel_listen(const char *path, int *fdp);
VIA_MUST_USE enum via_status channel_connect(const char *path, int *fdp);

VIA_MUST_USE enum via_status channel_ask(int fd, uint32_t version);
/* Without waiting. VIA_BUSY: it has not come yet. */
VIA_MUST_USE enum via_status channel_asked(int fd, uint32_t *versionp);

/* Sends all of it, or that there is none and why. */
VIA_MUST_USE enum via_status channel_offer(int fd, const uint8_t *octets, size_t size,
                                           const int *fds, size_t n_fds);
VIA_MUST_USE enum via_status channel_decline(int fd, enum via_status status, const char *words);
/* Receives it. *octetsp and *fdsp, from malloc(), are the caller's; what it says is VIA_OK or the
 * other's status, with @words. */
VIA_MUST_USE enum via_status channel_take(int fd, uint8_t **octetsp, size_t *sizep, int **fdsp,
                                          size_t *n_fdsp, char *words, size_t words_size);

enum channel_word { CHANNEL_READY = 0x59444552, CHANNEL_COMMIT = 0x54494d43 };
VIA_MUST_USE enum via_status channel_say(int fd, enum channel_word word);
VIA_MUST_USE enum via_status channel_hear(int fd, enum channel_word word);

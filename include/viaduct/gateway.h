/*
 * A gateway inside a program of one's own. The daemon viaductd is this and a command line.
 */
#pragma once

#include <stdint.h>
#include <viaduct/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct via_gateway;

/** struct via_gateway_options - set @size to sizeof; what is NULL comes from the file, else the
 * default */
struct via_gateway_options {
    uint64_t size;
    const char *config;        /* path of a configuration file */
    const char *socket;        /* path of the local socket */
    const char *const *listen; /* NULL-terminated: HOST:PORT of TLS listeners; port 0 takes any */
    const char *cert;          /* PEM files */
    const char *key;
    const char *client_ca;
    const char *crl;
    uint32_t take_over; /* 1: in the place of the gateway that runs, if one does */
    uint32_t zero;
};

/**
 * via_gateway_create() - a gateway that listens
 * @options:    copied; NULL for all defaults
 * @words:      why it failed, in words that say what to do; NUL-terminated, cut to @words_size; may
 *              be NULL
 * @words_size: octets at @words
 * @gatewayp:   set on VIA_OK; via_gateway_destroy() it
 *
 * With take_over the gateway that runs on the same socket, of the same user, hands everything over:
 * sessions, names, calls under way. Its process then ends; if anything fails, it goes on, and this
 * one has not been created.
 *
 * Return: VIA_OK       it listens; connections wait until via_gateway_run()
 *         VIA_EXISTS   another gateway answers on the socket
 *         VIA_BUSY     an address to listen on is taken
 *         VIA_INVALID  the configuration is wrong; @words has file, line and key
 *         VIA_UNSUPPORTED, VIA_DEAD, VIA_TIMEOUT  take_over: the one that runs does not hand over
 *         VIA_DENIED, VIA_IO, VIA_NO_MEMORY, VIA_BAD_CERTIFICATE
 * Thread: any, one at a time for each gateway.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status
via_gateway_create(const struct via_gateway_options *options, char *words, uint64_t words_size,
                   struct via_gateway **gatewayp);

/**
 * via_gateway_run() - serves until via_gateway_stop(), and says goodbye to all before it returns;
 * or until another process has taken over
 *
 * Return: VIA_OK, or VIA_IO when the operating system fails. Thread: one; it never starts another.
 */
VIA_PUBLIC VIA_MUST_USE enum via_status via_gateway_run(struct via_gateway *gateway);

/** via_gateway_stop() - makes via_gateway_run() return soon. Thread: any; also from a signal
 * handler. */
VIA_PUBLIC void via_gateway_stop(struct via_gateway *gateway);

/**
 * via_gateway_reload() - makes it read its configuration and certificates again soon
 *
 * All of it comes into force, or, if anything is wrong, nothing, which the log tells. Sessions go
 * on unless they are not allowed any more. It does the same by itself when one of the files
 * changes. Thread: any; also from a signal handler.
 */
VIA_PUBLIC void via_gateway_reload(struct via_gateway *gateway);

/** via_gateway_destroy() - frees it; not while it runs. NULL allowed; returns NULL */
VIA_PUBLIC struct via_gateway *via_gateway_destroy(struct via_gateway *gateway);

/** via_gateway_socket() - path of the local socket; lives as long as the gateway */
VIA_PUBLIC const char *via_gateway_socket(const struct via_gateway *gateway);

/** via_gateway_address() - HOST:PORT of the @index-th listener, with the port it has got; NULL
 * after the last. Until a reload changes the addresses. */
VIA_PUBLIC const char *via_gateway_address(const struct via_gateway *gateway, unsigned index);

/** via_gateway_port() - port of the @index-th listener; 0 after the last */
VIA_PUBLIC uint16_t via_gateway_port(const struct via_gateway *gateway, unsigned index);

#ifdef __cplusplus
}
#endif

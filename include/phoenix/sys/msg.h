/*
 * Phoenix-RTOS: messages. A server makes a port, gives it a name, and answers what it receives; a
 * client looks a name up and sends. A port's number means the same to every program of a gateway.
 *
 * Each function returns 0 (EOK) or a negative errno, and leaves errno alone. Any thread may call
 * each of them.
 *
 * Linux has another sys/msg.h, of System V's queues: with -DVIADUCT_WITH_SYSV_MSG it is included,
 * too. port_t is ours; -DVIADUCT_NO_PORT_T leaves the name to the program.
 *
 * Source: docs/phoenix.md, "Messages"; the system's sys/msg.h.
 */
#pragma once
#pragma GCC system_header /* include_next is an extension */

#include <stddef.h>

#ifdef VIADUCT_WITH_SYSV_MSG
#include_next <sys/msg.h>
#endif

#include <phoenix/msg.h>
#include <sys/types.h>

#ifndef VIADUCT_NO_PORT_T
/** port_t - a port's number */
typedef uint32_t port_t;
#endif

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/**
 * portCreate() - makes a port of this process
 * @port: set on success. Nobody else ever gets that number while somebody may still hold it
 *
 * Return: 0        it is there: other threads may receive from it, others may send to it
 *         -ENOMEM  there is no memory, or the gateway gives this program no more
 *         -EFAULT  @port is NULL
 *         -EAGAIN  no gateway can be reached
 *
 * A child of fork() has none of its parent's ports.
 */
int portCreate(uint32_t *port);

/**
 * portDestroy() - ends a port
 * @port: one of this process; anything else is ignored
 *
 * Whoever waits in msgRecv() gets -EINVAL at once, and so does every sender whose message is not
 * answered yet. Names stay: their lookup() still gives the number.
 */
void portDestroy(uint32_t port);

/**
 * portRegister() - gives a name to an object of a port
 * @port: its number; it need not exist, nor be of this process
 * @name: absolute or not, such as "/dev/uart0", "devfs"; "/" is the root's. Borrowed
 * @oid:  its id is the object's; NULL: 0. Its port is not looked at, and it is not written to
 *
 * Return: 0, -EEXIST (the name is taken), -ENOMEM, -EINVAL (@name is NULL, empty, longer than 255
 * octets, no UTF-8, or has control characters), -EAGAIN (the gateway is away, or still keeps the
 * name for a link that broke), -EACCES (a rule forbids it)
 *
 * The name goes when this process ends, or with portUnregister().
 */
int portRegister(uint32_t port, const char *name, oid_t *oid);

/**
 * portUnregister() - takes a name back
 * @name: one that this process has registered
 *
 * Return: 0 (for "/" always), -ENOENT (it has not), -EINVAL (@name is NULL)
 */
int portUnregister(const char *name);

/**
 * lookup() - finds an object by its path
 * @name: a registered name, or a path below one, which its server is asked for
 * @file: set to the node itself: for attributes and unlinking. May be NULL
 * @dev:  set to what the node stands for: for opening, reading and writing. They are two for
 *        devices and for directories that something is mounted on. May be NULL
 *
 * Return: 0, -ENOENT, -EINVAL (@name is NULL, or both others are, or a server consumed more of the
 * path than there was), -EINTR (call again), -EAGAIN (the gateway is away), or whatever negative a
 * server answered. Once a server was asked, both are set though the result is negative
 */
int lookup(const char *name, oid_t *file, oid_t *dev);

/**
 * msgSend() - sends a message and waits for the answer
 * @port: to whom
 * @m:    the message; o.raw, o.err and all o.size octets of o.data are the answer's afterwards
 *
 * Return: 0        it was answered: what the server says of it is o.err
 *         -EINVAL  there is no such port, or it or its process ended; or a size without its data
 *         -EINTR   a signal came, and the server will never see the message
 *         -ENOMEM  i.size or o.size is over the limit, or there is no memory
 *         -EAGAIN  the port's queue is full, or the gateway is away
 *         -EACCES  a rule forbids it
 *         -ETIME   a deadline passed; the server may have seen it
 *         -EFAULT  @m is NULL
 *
 * There is no time limit otherwise, and no order but that in which messages were sent: priority is
 * what the server makes of it. To wait for one's own port with one's only thread is for ever.
 */
int msgSend(uint32_t port, msg_t *m);

/**
 * msgPulse() - sends a message that has no answer
 * @m: the message; o.size counts as 0. It stays as it is
 *
 * Return: 0 at once, -EINVAL (there is no such port), or as msgSend()
 */
int msgPulse(uint32_t port, msg_t *m);

/**
 * msgRecv() - waits for a message
 * @port: one of this process
 * @m:    set. i.data and o.data are memory of the library, there until the message is answered or
 *        the port ends; behind i.data stands one octet 0 more; o.data is all 0
 * @rid:  set, for msgRespond()
 *
 * Return: 0, -EINVAL (no such port of this process, or it ended: there is nothing to wait for),
 * -EINTR (a signal came; no message is lost), -EFAULT (@m or @rid is NULL)
 *
 * While the gateway is away it waits.
 */
int msgRecv(uint32_t port, msg_t *m, msg_rid_t *rid);

/**
 * msgRespond() - answers a message, from any thread, in any order
 * @m:   o.raw and o.err, and what was written to the o.data that msgRecv() gave, are the answer. It
 *       may be another msg_t
 * @rid: which
 *
 * Return: 0 (also when the sender is gone, and after msgPulse()), -ENOENT (no such message, or it
 * is answered already), -EINVAL (no such port of this process), -EFAULT (@m is NULL)
 */
int msgRespond(uint32_t port, msg_t *m, msg_rid_t rid);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

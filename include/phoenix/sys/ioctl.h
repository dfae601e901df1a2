/*
 * Phoenix-RTOS: requests of devices, and how a server takes one out of its mtDevCtl and answers.
 * The coding is not Linux's, whose macros of these names are replaced.
 *
 * A request says which way its argument goes and how large it is. The sender may have said
 * anything: what does not fit together is handed out as request 0 without data, which no device
 * has.
 *
 * Source: docs/phoenix.md, "ioctl"; the system's sys/ioctl.h.
 */
#pragma once

#include <phoenix/ioctl.h>
#include <sys/msg.h>

#undef _IO
#undef _IOC
#undef _IOR
#undef _IOV
#undef _IOW
#undef _IOWR
#undef IOC_IN
#undef IOC_INOUT
#undef IOC_OUT

#define IOCPARM_MASK 0x1ffful
/** IOCPARM_LEN() - the size of the argument */
#define IOCPARM_LEN(x) (((x) >> 16) & IOCPARM_MASK)
/** IOCBASECMD() - the request without the size */
#define IOCBASECMD(x) ((x) & ~(IOCPARM_MASK << 16))
/** IOCGROUP() - the letter of the group */
#define IOCGROUP(x) (((x) >> 8) & 0xff)

#define IOC_VOID 0x00000000ul
#define IOC_NESTED 0x20000000ul /* structures that the argument points to follow it */
#define IOC_OUT 0x40000000ul    /* to the caller */
#define IOC_IN 0x80000000ul     /* to the server */
#define IOC_INOUT (IOC_IN | IOC_OUT)
#define IOC_DIRMASK 0xe0000000ul

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): their names there */

/** _IOC() - a request, of its parts */
#define _IOC(inout, group, num, len)                                                               \
    ((unsigned long)(inout) | (((unsigned long)(len)&IOCPARM_MASK) << 16) |                        \
     ((unsigned long)(group) << 8) | (unsigned long)(num))
/** _IO() - without an argument */
#define _IO(g, n) _IOC(IOC_VOID, (g), (n), 0)
/** _IOV() - with an argument of type @t, at most as wide as a pointer, itself */
#define _IOV(g, n, t) _IOC(IOC_VOID, (g), (n), sizeof(t))
/** _IOR() - the caller reads a @t */
#define _IOR(g, n, t) _IOC(IOC_OUT, (g), (n), sizeof(t))
/** _IOW() - the caller writes a @t */
#define _IOW(g, n, t) _IOC(IOC_IN, (g), (n), sizeof(t))
/** _IOWR() - the caller writes a @t and reads it back */
#define _IOWR(g, n, t) _IOC(IOC_INOUT, (g), (n), sizeof(t))
/** _IOC_NESTED() - as @inout says; structures that the @t points to follow it */
#define _IOC_NESTED(inout, g, n, t) _IOC((inout) | IOC_NESTED, (g), (n), sizeof(t))

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): their names there */

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** ioctl_unpackEx() - takes a request out of a message.
 * @msg:          a received mtDevCtl
 * @request:      set; may be NULL
 * @id:           set to the object's number; may be NULL
 * @response_buf: set to where the answer goes if the request has one, and that is what came when it
 *                is IOC_INOUT; otherwise left as it is. May be NULL
 *
 * Return: the argument, in the message until that is answered: as many octets as it says and the
 * request asks for. Of _IOV() the value itself. NULL: there is none, or the message makes no sense,
 * and the request is 0
 */
const void *ioctl_unpackEx(msg_t *msg, unsigned long *request, id_t *id, void **response_buf);
/** ioctl_unpack() - likewise, for requests whose answers ioctl_setResponse() copies */
const void *ioctl_unpack(msg_t *msg, unsigned long *request, id_t *id);

/** ioctl_setResponse() - puts the answer into the message.
 * @err: 0 or more, or a negative errno; -EINVAL in its place when the sender left no room for @data
 * @data: as many octets as the @request is large, when that is IOC_OUT; NULL: what is there stays
 */
void ioctl_setResponse(msg_t *msg, unsigned long request, int err, const void *data);

/** ioctl_setResponseErr() - likewise, for an answer that is there already */
static inline void ioctl_setResponseErr(msg_t *msg, unsigned long request, int err)
{
    ioctl_setResponse(msg, request, err, NULL);
}

/** ioctl_getSenderPid() - who asks */
pid_t ioctl_getSenderPid(const msg_t *msg);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#if defined(VIADUCT_PHOENIX_FILES) && !defined(__cplusplus)
#include <phoenix/files.h>
#define ioctl phoenix_ioctl
#elif defined(VIADUCT_PHOENIX_WRAPPED)
#ifdef __cplusplus
extern "C" {
#endif
int ioctl(int fd, unsigned long request, ...);
#ifdef __cplusplus
}
#endif
#endif

/*
 * The child runs drivers, and what it says is read as a stranger's: every text is bounded, every
 * number is one of those known.
 */
#include "bridge/hdf/host_message.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "include/hdf/hdf_sbuf.h"

#define OCTETS_MAX 1024u
#define OCTETS_WORDS (OCTETS_MAX / sizeof(uint32_t)) /* an sbuf's memory is aligned to these */

_Static_assert(3 * (HOST_TEXT_SIZE + 8) + 7 * 4 <= OCTETS_MAX, "every message fits");

static bool write_message(struct HdfSBuf *out, const struct host_message *message)
{
    return HdfSbufWriteUint32(out, message->kind) && HdfSbufWriteUint32(out, message->change) &&
           HdfSbufWriteUint32(out, message->serial) && HdfSbufWriteInt32(out, message->status) &&
           HdfSbufWriteUint32(out, message->id) && HdfSbufWriteUint16(out, message->device_class) &&
           HdfSbufWriteUint8(out, message->policy) && HdfSbufWriteString(out, message->name) &&
           HdfSbufWriteString(out, message->service) && HdfSbufWriteString(out, message->info);
}

bool host_message_send(int socket, const struct host_message *message, bool waits)
{
    struct HdfSBuf *out = HdfSbufObtain(OCTETS_MAX);
    bool is_sent = false;
    if (out != NULL && write_message(out, message)) {
        ssize_t sent;
        do
            sent = send(socket, HdfSbufGetData(out), HdfSbufGetDataSize(out),
                        waits ? MSG_NOSIGNAL : MSG_NOSIGNAL | MSG_DONTWAIT);
        while (sent < 0 && errno == EINTR);
        is_sent = sent >= 0;
    }
    HdfSbufRecycle(out);
    return is_sent;
}

static bool read_text(struct HdfSBuf *in, char text[HOST_TEXT_SIZE])
{
    const char *given = HdfSbufReadString(in);
    int size = given != NULL ? snprintf(text, HOST_TEXT_SIZE, "%s", given) : -1;
    return size >= 0 && size < (int)HOST_TEXT_SIZE;
}

static bool read_message(struct HdfSBuf *in, struct host_message *message)
{
    uint32_t kind = 0, change = 0;
    *message = (struct host_message){0};
    if (!HdfSbufReadUint32(in, &kind) || kind < HOST_DEVICE || kind > HOST_UNLOAD ||
        !HdfSbufReadUint32(in, &change) || change > DEVICE_WENT)
        return false;
    message->kind = (enum host_message_kind)kind;
    message->change = (enum device_change)change;
    return HdfSbufReadUint32(in, &message->serial) && HdfSbufReadInt32(in, &message->status) &&
           HdfSbufReadUint32(in, &message->id) && HdfSbufReadUint16(in, &message->device_class) &&
           HdfSbufReadUint8(in, &message->policy) && read_text(in, message->name) &&
           read_text(in, message->service) && read_text(in, message->info);
}

enum host_received host_message_receive(int socket, struct host_message *message)
{
    uint32_t octets[OCTETS_WORDS];
    ssize_t size;
    do
        size = recv(socket, octets, sizeof octets, MSG_DONTWAIT);
    while (size < 0 && errno == EINTR);
    if (size < 0 && errno == EAGAIN)
        return HOST_NOTHING;
    struct HdfSBuf *in = size > 0 ? HdfSbufBind((uintptr_t)octets, (size_t)size) : NULL;
    bool is_read = in != NULL && read_message(in, message);
    HdfSbufRecycle(in);
    return is_read ? HOST_RECEIVED : HOST_ENDED;
}

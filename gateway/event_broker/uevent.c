/*
 * The kernel's own group of uevents, which is there without udev, and before it: a device's node
 * may not be there yet, nor have its rights.
 *
 * Anybody may be able to send a datagram here who has the right to it in this network namespace;
 * only the kernel has the address 0 and no process. One that somebody asked for (udevadm trigger,
 * SYNTH_UUID) tells of a device that neither comes nor goes.
 */
#include "gateway/event_broker/uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <unistd.h>

#include "bridge/os_status.h"

#define KERNEL_GROUP 1u

/* ---- octets ---- */

static bool read_number(const char *text, uint32_t *numberp)
{
    uint64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        number = number * 10 + (uint64_t)(*at - '0');
        if (number > UINT32_MAX)
            return false;
    }
    *numberp = (uint32_t)number;
    return at > text && *at == '\0';
}

/* What stands behind KEY= in @line; NULL: it has another key. */
static const char *value_of(const char *line, const char *key)
{
    const size_t size = strlen(key);
    return strncmp(line, key, size) == 0 && line[size] == '=' ? line + size + 1 : NULL;
}

/* All lines of one. */
struct said {
    const char *action, *path, *subsystem, *synthetic, *major, *minor;
};

static void take_line(struct said *said, const char *line)
{
    const struct {
        const char *key, **valuep;
    } keys[] = {
        {"ACTION", &said->action},        {"DEVPATH", &said->path}, {"SUBSYSTEM", &said->subsystem},
        {"SYNTH_UUID", &said->synthetic}, {"MAJOR", &said->major},  {"MINOR", &said->minor},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *value = value_of(line, keys[i].key);
        if (value != NULL)
            *keys[i].valuep = value;
    }
}

/* Whether it is of a device that comes, *onlinep, or goes. */
static bool read_action(const char *action, bool *onlinep)
{
    *onlinep = strcmp(action, "add") == 0 || strcmp(action, "online") == 0;
    return *onlinep || strcmp(action, "remove") == 0 || strcmp(action, "offline") == 0;
}

bool uevent_parse(const uint8_t *octets, size_t size, struct uevent *event)
{
    struct said said = {.action = NULL};
    const char *at = (const char *)octets;
    if (size == 0 || octets[size - 1] != '\0' || strchr(at, '@') == NULL)
        return false;
    for (const char *const end = at + size; at < end; at += strlen(at) + 1)
        take_line(&said, at);
    if (said.action == NULL || said.path == NULL || said.subsystem == NULL ||
        said.synthetic != NULL || said.subsystem[0] == '\0' || said.path[0] != '/')
        return false;
    *event = (struct uevent){.subsystem = said.subsystem, .name = strrchr(said.path, '/') + 1};
    event->has_node = said.major != NULL && said.minor != NULL &&
                      read_number(said.major, &event->major) &&
                      read_number(said.minor, &event->minor);
    return event->name[0] != '\0' && read_action(said.action, &event->is_online);
}

/* ---- the socket ---- */

bool uevent_is_kernels(const struct msghdr *header)
{
    struct sockaddr_nl from;
    struct ucred sender;
    if (header->msg_namelen != sizeof from)
        return false;
    memcpy(&from, header->msg_name, sizeof from);
    const struct cmsghdr *control = CMSG_FIRSTHDR(header);
    if (control == NULL || control->cmsg_level != SOL_SOCKET ||
        control->cmsg_type != SCM_CREDENTIALS || control->cmsg_len != CMSG_LEN(sizeof sender))
        return false;
    memcpy(&sender, CMSG_DATA(control), sizeof sender);
    return from.nl_family == AF_NETLINK && from.nl_pid == 0 && from.nl_groups == KERNEL_GROUP &&
           sender.pid == 0;
}

static enum via_status set_up(int fd)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
    const int on = 1, room = UEVENT_RECEIVE_BUFFER;
    /* less room than that only loses sooner */
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
        return status_from_errno("uevent: SO_PASSCRED", errno);
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return status_from_errno("uevent: bind", errno);
    return VIA_OK;
}

enum via_status uevent_open(int *fdp)
{
    const int fd =
        socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
    if (fd < 0 && (errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT))
        return VIA_UNSUPPORTED;
    if (fd < 0)
        return status_from_errno("uevent: socket", errno);
    const enum via_status status = set_up(fd);
    if (status != VIA_OK)
        (void)close(fd);
    else
        *fdp = fd;
    return status;
}

enum via_status uevent_receive(int fd, uint8_t octets[UEVENT_SIZE_MAX], struct uevent *event)
{
    union {
        struct cmsghdr header;
        uint8_t room[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct sockaddr_nl from;
    struct iovec part = {.iov_base = octets, .iov_len = UEVENT_SIZE_MAX};
    struct msghdr header = {
        .msg_name = &from,
        .msg_namelen = sizeof from,
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = &control,
        .msg_controllen = sizeof control,
    };
    const ssize_t size = recvmsg(fd, &header, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return VIA_NOT_FOUND;
    if (size < 0)
        return errno == ENOBUFS ? VIA_BUSY : status_from_errno("uevent: recvmsg", errno);
    const bool is_whole = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    return is_whole && uevent_is_kernels(&header) && uevent_parse(octets, (size_t)size, event)
               ? VIA_OK
               : VIA_INVALID;
}

/*
 * A netlink socket that hears of links, addresses and routes. What goes away brings nothing back,
 * so only what comes counts; and where containers come and go all day it is told only so often.
 * Lost messages are a change too: nobody knows what was in them.
 */
#include "bridge/network.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/log.h"

#define GROUPS                                                                                     \
    (RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE)

static bool comes(const struct nlmsghdr *message)
{
    struct ifinfomsg link;
    switch (message->nlmsg_type) {
    case RTM_NEWADDR:
    case RTM_NEWROUTE:
        return true;
    case RTM_NEWLINK:
        if (message->nlmsg_len < NLMSG_LENGTH(sizeof link))
            return false;
        memcpy(&link, (const char *)message + NLMSG_HDRLEN, sizeof link);
        return (link.ifi_flags & IFF_RUNNING) != 0;
    default:
        return false;
    }
}

/* Whether something in @octets, from the kernel, brings anything. */
static bool brings(const uint8_t *octets, size_t size)
{
    while (size >= sizeof(struct nlmsghdr)) {
        struct nlmsghdr header;
        memcpy(&header, octets, sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > size)
            return false;
        if (comes((const struct nlmsghdr *)(const void *)octets))
            return true;
        size_t step = NLMSG_ALIGN(header.nlmsg_len);
        if (step >= size)
            return false;
        octets += step;
        size -= step;
    }
    return false;
}

static void read_news(struct loop_source *source, uint32_t events)
{
    struct network *network = (struct network *)(void *)source;
    bool any = false;
    (void)events;
    for (;;) {
        struct sockaddr_nl from = {0};
        socklen_t from_size = sizeof from;
        ssize_t size = recvfrom(source->fd, loop_buffer(network->loop), LOOP_BUFFER_SIZE,
                                MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
        if (size < 0 && errno == ENOBUFS)
            any = true;
        else if (size < 0)
            break;
        else if (from.nl_pid == 0)
            any = brings(loop_buffer(network->loop), (size_t)size) || any;
    }
    uint64_t now = loop_now();
    if (!any || (network->told_ms != 0 && now - network->told_ms < NETWORK_QUIET_MS))
        return;
    network->told_ms = now;
    log_debug("network.changed", "told_ms=%llu", (unsigned long long)now);
    network->changed(network);
}

void network_watch(struct network *network, struct loop *loop)
{
    if (network->loop != NULL)
        return;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = GROUPS};
    network->source = (struct loop_source){.fd = fd, .events = EPOLLIN, .ready = read_news};
    if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
        loop_add(loop, &network->source) == VIA_OK) {
        network->loop = loop;
        return;
    }
    log_debug("network.unheard", "errno=%d", errno);
    if (fd >= 0)
        (void)close(fd);
}

void network_unwatch(struct network *network)
{
    if (network->loop == NULL)
        return;
    loop_remove(network->loop, &network->source);
    (void)close(network->source.fd);
    network->loop = NULL;
    network->told_ms = 0;
}

void network_forget(struct network *network)
{
    network->loop = NULL;
    network->told_ms = 0;
}

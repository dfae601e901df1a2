/*
 * What the kernel says of devices, and what only seems to be the kernel's.
 */
#include <cmocka.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/event_broker/uevent.h"
#include "tests/unit/bridge/descriptors.h"

#define STICK                                                                                      \
    "add@/devices/usb1/1-2/block/sdb/sdb1\0ACTION=add\0"                                           \
    "DEVPATH=/devices/usb1/1-2/block/sdb/sdb1\0SUBSYSTEM=block\0MAJOR=8\0MINOR=17\0"               \
    "DEVNAME=sdb1\0DEVTYPE=partition\0SEQNUM=4711\0"

static struct uevent event;

static bool parse(const char *octets, size_t size)
{
    uint8_t *exact = malloc(size + (size == 0)); /* whatever is read behind it is found */
    assert_non_null(exact);
    memcpy(exact, octets, size);
    event = (struct uevent){.name = NULL};
    const bool is = uevent_parse(exact, size, &event);
    free(exact);
    return is;
}

#define PARSE(text) parse(text, sizeof(text) - 1)

static void a_device_that_comes_has_a_name_and_a_node(void **state)
{
    (void)state;
    static const uint8_t octets[] = STICK;
    assert_true(uevent_parse(octets, sizeof octets - 1, &event));
    assert_true(event.is_online);
    assert_string_equal(event.subsystem, "block");
    assert_string_equal(event.name, "sdb1");
    assert_true(event.has_node);
    assert_int_equal(event.major, 8);
    assert_int_equal(event.minor, 17);
}

static void only_what_comes_or_goes_is_one(void **state)
{
    (void)state;
    assert_true(PARSE("remove@/d/lo\0ACTION=remove\0DEVPATH=/d/lo\0SUBSYSTEM=net\0"));
    assert_false(event.is_online);
    assert_false(event.has_node);
    assert_true(PARSE("online@/d/x\0ACTION=online\0DEVPATH=/d/x\0SUBSYSTEM=cpu\0"));
    assert_true(event.is_online);
    assert_true(PARSE("offline@/d/x\0ACTION=offline\0DEVPATH=/d/x\0SUBSYSTEM=cpu\0"));
    assert_false(event.is_online);
    assert_false(PARSE("change@/d/x\0ACTION=change\0DEVPATH=/d/x\0SUBSYSTEM=block\0"));
    assert_false(PARSE("move@/d/x\0ACTION=move\0DEVPATH=/d/x\0SUBSYSTEM=net\0"));
    assert_false(PARSE("bind@/d/x\0ACTION=bind\0DEVPATH=/d/x\0SUBSYSTEM=usb\0"));
    assert_false(PARSE("add@/d/x\0ACTION=\0DEVPATH=/d/x\0SUBSYSTEM=usb\0"));
    assert_false(PARSE("add@/d/x\0ACTION=adds\0DEVPATH=/d/x\0SUBSYSTEM=usb\0"));
}

static void what_somebody_asked_for_is_none(void **state)
{
    (void)state;
    assert_false(PARSE("add@/d/x\0ACTION=add\0DEVPATH=/d/x\0SUBSYSTEM=usb\0SYNTH_UUID=0\0"));
}

static void a_number_that_is_none_is_no_node(void **state)
{
    (void)state;
#define HEAD "add@/d/x\0ACTION=add\0DEVPATH=/d/x\0SUBSYSTEM=tty\0"
    assert_true(PARSE(HEAD "MAJOR=4294967295\0MINOR=0\0"));
    assert_true(event.has_node);
    assert_true(PARSE(HEAD "MAJOR=4294967296\0MINOR=0\0"));
    assert_false(event.has_node);
    assert_true(PARSE(HEAD "MAJOR=4\0"));
    assert_false(event.has_node);
    assert_true(PARSE(HEAD "MAJOR=4\0MINOR=\0"));
    assert_false(event.has_node);
    assert_true(PARSE(HEAD "MAJOR=4\0MINOR=1x\0"));
    assert_false(event.has_node);
    assert_true(PARSE(HEAD "MAJOR=-4\0MINOR=1\0"));
    assert_false(event.has_node);
}

static void octets_that_are_none_are_refused(void **state)
{
    (void)state;
    assert_false(PARSE(""));
    assert_false(PARSE("\0"));
    assert_false(PARSE("\0\0\0\0"));
    assert_false(PARSE("@\0"));
    assert_false(PARSE("libudev\0\376\355\312\376ACTION=add\0DEVPATH=/d/x\0SUBSYSTEM=usb\0"));
    assert_false(PARSE("add@/d/x\0DEVPATH=/d/x\0SUBSYSTEM=usb\0"));
    assert_false(PARSE("add@/d/x\0ACTION=add\0SUBSYSTEM=usb\0"));
    assert_false(PARSE("add@/d/x\0ACTION=add\0DEVPATH=/d/x\0"));
    assert_false(PARSE("add@/d/x\0ACTION=add\0DEVPATH=/d/x\0SUBSYSTEM=\0"));
    assert_false(PARSE("add@/d/x\0ACTION=add\0DEVPATH=\0SUBSYSTEM=usb\0"));
    assert_false(PARSE("add@/d/x\0ACTION=add\0DEVPATH=x\0SUBSYSTEM=usb\0"));
    assert_false(PARSE("add@/d/x\0ACTION=add\0DEVPATH=/d/\0SUBSYSTEM=usb\0"));
    /* the last line has no end */
    assert_false(PARSE("add@/d/x\0ACTION=add\0DEVPATH=/d/x\0SUBSYSTEM=usb"));
    static const char stick[] = STICK;
    for (size_t cut = 0; cut < sizeof stick - 1; cut++)
        (void)parse(stick, cut);
}

/* ---- who sends ---- */

struct sender {
    struct sockaddr_nl from;
    struct ucred who;
    bool has_who;
    size_t name_size, who_size;
};

static struct sender kernel(void)
{
    return (struct sender){.from = {.nl_family = AF_NETLINK, .nl_groups = 1},
                           .has_who = true,
                           .name_size = sizeof(struct sockaddr_nl),
                           .who_size = CMSG_LEN(sizeof(struct ucred))};
}

static bool is_kernels(const struct sender *sender)
{
    union {
        struct cmsghdr header;
        uint8_t room[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct sockaddr_nl from = sender->from;
    struct msghdr header = {.msg_name = &from, .msg_namelen = (socklen_t)sender->name_size};
    memset(&control, 0, sizeof control);
    control.header = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS, .cmsg_len = sender->who_size};
    memcpy(CMSG_DATA(&control.header), &sender->who, sizeof sender->who);
    if (sender->has_who) {
        header.msg_control = &control;
        header.msg_controllen = sizeof control;
    }
    return uevent_is_kernels(&header);
}

static void only_the_kernel_counts(void **state)
{
    (void)state;
    struct sender sender = kernel();
    assert_true(is_kernels(&sender));
    sender.from.nl_pid = 4711; /* a program's address */
    assert_false(is_kernels(&sender));
    sender = kernel();
    sender.from.nl_groups = 0; /* to this socket alone */
    assert_false(is_kernels(&sender));
    sender = kernel();
    sender.from.nl_groups = 2; /* udev's */
    assert_false(is_kernels(&sender));
    sender = kernel();
    sender.from.nl_family = AF_UNIX;
    assert_false(is_kernels(&sender));
    sender = kernel();
    sender.name_size = 0;
    assert_false(is_kernels(&sender));
    sender = kernel();
    sender.name_size--;
    assert_false(is_kernels(&sender));
    sender = kernel();
    sender.who.pid = 1;
    assert_false(is_kernels(&sender));
    sender = kernel();
    sender.has_who = false;
    assert_false(is_kernels(&sender));
    sender = kernel();
    sender.who_size = CMSG_LEN(0);
    assert_false(is_kernels(&sender));
}

/* ---- receiving: from a socket of this process's, as if from another sender ---- */

static struct sender seen;
static int fails_with; /* errno; 0: it does not */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-*): the names are the linker's, for --wrap */
ssize_t __real_recvmsg(int fd, struct msghdr *header, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags);
/* NOLINTEND(bugprone-reserved-identifier,cert-*) */

ssize_t __wrap_recvmsg(int fd, struct msghdr *header, int flags)
{
    struct msghdr plain = {.msg_iov = header->msg_iov, .msg_iovlen = header->msg_iovlen};
    if (fails_with != 0) {
        errno = fails_with;
        return -1;
    }
    const ssize_t size = __real_recvmsg(fd, &plain, flags | MSG_DONTWAIT);
    memcpy(header->msg_name, &seen.from, sizeof seen.from);
    header->msg_namelen = (socklen_t)seen.name_size;
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    *control = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS, .cmsg_len = seen.who_size};
    memcpy(CMSG_DATA(control), &seen.who, sizeof seen.who);
    header->msg_flags = plain.msg_flags;
    return size;
}

static void datagrams_are_taken_one_by_one(void **state)
{
    (void)state;
    static const char stick[] = STICK;
    static char large[UEVENT_SIZE_MAX + 1];
    static uint8_t octets[UEVENT_SIZE_MAX];
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
    seen = kernel();
    assert_int_equal(uevent_receive(fds[0], octets, &event), VIA_NOT_FOUND);

    assert_int_equal(send(fds[1], stick, sizeof stick - 1, 0), sizeof stick - 1);
    assert_int_equal(send(fds[1], "x", 1, 0), 1);
    assert_int_equal(send(fds[1], "", 0, 0), 0);
    assert_int_equal(send(fds[1], large, sizeof large, 0), sizeof large);
    memcpy(large, stick, sizeof stick);
    memset(large + sizeof stick - 1, 'x', sizeof large - sizeof stick);
    assert_int_equal(send(fds[1], large, sizeof large, 0), sizeof large); /* and so it is cut */
    assert_int_equal(send(fds[1], large, sizeof large - 1, 0), sizeof large - 1);
    assert_int_equal(uevent_receive(fds[0], octets, &event), VIA_OK);
    assert_string_equal(event.name, "sdb1");
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(uevent_receive(fds[0], octets, &event), VIA_INVALID);
    assert_int_equal(uevent_receive(fds[0], octets, &event), VIA_NOT_FOUND);

    seen.from.nl_pid = 4711;
    assert_int_equal(send(fds[1], stick, sizeof stick - 1, 0), sizeof stick - 1);
    assert_int_equal(uevent_receive(fds[0], octets, &event), VIA_INVALID);

    fails_with = ENOBUFS;
    assert_int_equal(uevent_receive(fds[0], octets, &event), VIA_BUSY);
    fails_with = EINTR;
    assert_int_equal(uevent_receive(fds[0], octets, &event), VIA_NOT_FOUND);
    fails_with = EBADF;
    const enum via_status status = uevent_receive(fds[0], octets, &event);
    assert_true(status != VIA_OK && status != VIA_NOT_FOUND && status != VIA_INVALID);
    fails_with = 0;
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void a_socket_is_closed_again_or_is_the_callers(void **state)
{
    (void)state;
    const size_t n = count_descriptors();
    int fd = -1;
    if (uevent_open(&fd) == VIA_OK) {
        assert_int_equal(count_descriptors(), n + 1);
        (void)close(fd);
    }
    assert_int_equal(count_descriptors(), n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_that_comes_has_a_name_and_a_node),
        cmocka_unit_test(only_what_comes_or_goes_is_one),
        cmocka_unit_test(what_somebody_asked_for_is_none),
        cmocka_unit_test(a_number_that_is_none_is_no_node),
        cmocka_unit_test(octets_that_are_none_are_refused),
        cmocka_unit_test(only_the_kernel_counts),
        cmocka_unit_test(datagrams_are_taken_one_by_one),
        cmocka_unit_test(a_socket_is_closed_again_or_is_the_callers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

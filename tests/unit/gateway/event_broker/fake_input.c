/*
 * The answers are those of Linux's drivers/input/evdev.c. A socket's other end that is closed reads
 * as an end, not as ENODEV, and epoll says EPOLLHUP of both.
 */
#include "tests/unit/gateway/event_broker/fake_input.h"

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct fake_input inputs[FAKE_INPUT_MAX];

static void close_ends(struct fake_input *input)
{
    if (input->ends[1] >= 0)
        (void)close(input->ends[1]);
    input->ends[0] = input->ends[1] = -1;
}

/* The program has closed it, and the number is another's now. */
static void forget(int fd)
{
    for (struct fake_input *input = inputs; input < inputs + FAKE_INPUT_MAX; input++)
        if (input->path[0] != '\0' && input->ends[0] == fd)
            close_ends(input);
}

struct fake_input *fake_input_make(const char *directory, const char *name,
                                   const struct evdev_traits *traits)
{
    struct fake_input *input = inputs;
    while (input < inputs + FAKE_INPUT_MAX && input->path[0] != '\0')
        input++;
    assert_true(input < inputs + FAKE_INPUT_MAX);
    *input = (struct fake_input){.traits = *traits, .ends = {-1, -1}};
    (void)snprintf(input->path, sizeof input->path, "%s/%s", directory, name);
    return input;
}

void fake_input_show(struct fake_input *input)
{
    struct stat stats;
    const int fd =
        (int)syscall(SYS_openat, AT_FDCWD, input->path, O_CREAT | O_EXCL | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &stats), 0);
    (void)close(fd);
    input->device = stats.st_dev;
    input->node = stats.st_ino;
}

struct fake_input *fake_input_plug(const char *directory, const char *name,
                                   const struct evdev_traits *traits)
{
    struct fake_input *input = fake_input_make(directory, name, traits);
    fake_input_show(input);
    return input;
}

void fake_input_unplug(struct fake_input *input)
{
    (void)unlink(input->path);
    close_ends(input);
    memset(input, 0, sizeof *input);
}

bool fake_input_is_open(const struct fake_input *input)
{
    struct pollfd end = {.fd = input->ends[1]};
    return input->ends[1] >= 0 && poll(&end, 1, 0) >= 0 && (end.revents & POLLHUP) == 0;
}

/* ---- what the program calls ---- */

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    struct stat stats;
    for (struct fake_input *input = inputs; input < inputs + FAKE_INPUT_MAX; input++) {
        if (input->path[0] == '\0' || stat(path, &stats) < 0 || stats.st_dev != input->device ||
            stats.st_ino != input->node)
            continue;
        if (input->refusal != 0) {
            errno = input->refusal;
            return -1;
        }
        close_ends(input);
        int ends[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends),
                         0);
        forget(ends[0]);
        memcpy(input->ends, ends, sizeof ends);
        return input->ends[0];
    }
    assert_int_equal(flags & O_CREAT, 0);
    return __real_open(path, flags);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static int answer(void *out, unsigned room, const void *from, size_t size)
{
    const size_t n = size < room ? size : room;
    memset(out, 0, room);
    memcpy(out, from, n);
    return (int)n;
}

/* Which types of events it has, or which events of one type. */
static int answer_bits(const struct fake_input *input, unsigned type, void *out, unsigned room)
{
    static const uint8_t leds[] = {1u << LED_NUML | 1u << LED_CAPSL | 1u << LED_SCROLLL};
    const struct evdev_traits *traits = &input->traits;
    static const uint8_t types[] = {1u << EV_SYN | 1u << EV_KEY | 1u << EV_REL | 1u << EV_ABS, 0,
                                    1u << (EV_LED - 16)};
    switch (type) {
    case 0:
        return answer(out, room, types, input->has_leds ? 3 : 1);
    case EV_KEY:
        return answer(out, room, traits->keys, sizeof traits->keys);
    case EV_REL:
        return answer(out, room, traits->rels, sizeof traits->rels);
    case EV_ABS:
        return answer(out, room, traits->axes, sizeof traits->axes);
    case EV_LED:
        return answer(out, room, leds, input->has_leds ? sizeof leds : 0);
    default:
        return answer(out, room, leds, 0);
    }
}

static int answer_request(struct fake_input *input, unsigned request, void *out)
{
    const unsigned room = _IOC_SIZE(request), number = _IOC_NR(request);
    const struct evdev_traits *traits = &input->traits;
    if (_IOC_TYPE(request) != 'E') {
        errno = ENOTTY;
        return -1;
    }
    if (request == (unsigned)EVIOCGRAB) {
        input->is_grabbed = out != NULL;
        return 0;
    }
    if (request == (unsigned)EVIOCGVERSION)
        return answer(out, room, &(int){EV_VERSION}, sizeof(int));
    if (request == (unsigned)EVIOCGID)
        return answer(out, room,
                      &(struct input_id){.vendor = traits->vendor, .product = traits->product},
                      sizeof(struct input_id));
    if (number == _IOC_NR(EVIOCGNAME(0)))
        return answer(out, room, traits->name, strlen(traits->name) + 1);
    if (number == _IOC_NR(EVIOCGPROP(0)))
        return answer(out, room, traits->props, sizeof traits->props);
    if (number == _IOC_NR(EVIOCGKEY(0)))
        return answer(out, room, input->held, sizeof input->held);
    if (number >= _IOC_NR(EVIOCGBIT(0, 0)) && number < _IOC_NR(EVIOCGBIT(0, 0)) + EV_CNT)
        return answer_bits(input, number - _IOC_NR(EVIOCGBIT(0, 0)), out, room);
    if (number >= _IOC_NR(EVIOCGABS(0)) && number < _IOC_NR(EVIOCGABS(0)) + ABS_CNT)
        return answer(out, room, &traits->axis[number - _IOC_NR(EVIOCGABS(0))],
                      sizeof traits->axis[0]);
    if (number == _IOC_NR(EVIOCGLED(0)) || number == _IOC_NR(EVIOCGSW(0)))
        return answer(out, room, "", 0);
    errno = number == _IOC_NR(EVIOCGPHYS(0)) || number == _IOC_NR(EVIOCGUNIQ(0)) ? ENOENT : EINVAL;
    return -1;
}

/* Before libc's own, for libevdev too. */
__attribute__((visibility("default"))) int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *out = va_arg(arguments, void *);
    va_end(arguments);
    for (struct fake_input *input = inputs; input < inputs + FAKE_INPUT_MAX; input++)
        if (input->path[0] != '\0' && input->ends[0] == fd)
            return answer_request(input, (unsigned)request, out);
    return (int)syscall(SYS_ioctl, fd, request, out);
}

/* ---- what it says ---- */

void fake_input_change(struct fake_input *input, uint16_t type, uint16_t code, int32_t value)
{
    if (type == EV_KEY)
        evdev_set_bit(input->held, code, value != 0);
    if (type == EV_ABS)
        input->traits.axis[code].value = value;
}

void fake_input_say_all(struct fake_input *input, const struct input_event *events, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fake_input_change(input, events[i].type, events[i].code, events[i].value);
    assert_int_equal(send(input->ends[1], events, n * sizeof *events, MSG_NOSIGNAL),
                     n * sizeof *events);
}

void fake_input_say(struct fake_input *input, uint16_t type, uint16_t code, int32_t value)
{
    const struct input_event event = {.type = type, .code = code, .value = value};
    fake_input_say_all(input, &event, 1);
}

void fake_input_dropped(struct fake_input *input)
{
    fake_input_say(input, EV_SYN, SYN_DROPPED, 0);
    fake_input_say(input, EV_SYN, SYN_REPORT, 0);
}

bool fake_input_told(const struct fake_input *input, struct input_event *event)
{
    return recv(input->ends[1], event, sizeof *event, MSG_DONTWAIT) == sizeof *event;
}

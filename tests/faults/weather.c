/*
 * The network between a test's hosts, where the kernel has no netem: each host is a network
 * namespace with a TAP interface, and what one sends reaches all others, as on a hub, after the
 * sender's weather: a rate, a delay that varies, losses; and nothing passes a hole. Frames keep
 * their order. A TAP has no offloads, so what is lost here is a segment, and TCP has to find out by
 * itself.
 *
 * weather PID...     the hosts are the network namespaces of these processes; the interface in each
 *                    is called weather. Says "ready". Commands come by lines of its standard input,
 *                    each is answered with "passed N lost N"; the end of the input ends it.
 *
 * sky HOST DELAY-US JITTER-US LOSS-PPM KBIT/S   of what HOST (0, 1, ...) sends; a rate of 0: no
 * bound hole HOST none|up|down|both   what it sends, what would reach it, or both, is gone
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define HOSTS_MAX 8u
#define FRAME_MAX 1600u /* an Ethernet frame and to spare */
#define QUEUE_MAX 1000u /* frames of one sender under way; netem's own bound at first */
#define LINE_MAX_SIZE 128u

enum { HOLE_UP = 1, HOLE_DOWN = 2 };

struct held {
    uint64_t due_us;
    size_t size;
    uint8_t octets[FRAME_MAX];
};

struct host {
    int fd; /* owned: the TAP */
    uint64_t delay_us, jitter_us, loss_ppm, kbit_s;
    uint64_t free_us; /* when its line has sent what it was given */
    unsigned hole;
    size_t first, n_held;
    struct held *queue; /* owned: a ring of QUEUE_MAX */
};

static struct host hosts[HOSTS_MAX];
static size_t n_hosts;
static uint64_t n_passed, n_lost;
static uint64_t chance = 0x9E3779B97F4A7C15u;

static uint64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t draw(uint64_t below)
{
    chance ^= chance >> 12;
    chance ^= chance << 25;
    chance ^= chance >> 27;
    return below == 0 ? 0 : ((chance * UINT64_C(0x2545F4914F6CDD1D)) >> 16) % below;
}

/* ---- frames ---- */

static struct held *held_at(const struct host *host, size_t i)
{
    return &host->queue[(host->first + i) % QUEUE_MAX];
}

/* One that @host sends: when it will be there, or that it never will. */
static void take_frame(struct host *host)
{
    struct held *held = held_at(host, host->n_held);
    ssize_t n = read(host->fd, held->octets, sizeof held->octets);
    if (n <= 0)
        return;
    if ((host->hole & HOLE_UP) != 0 || draw(1000000) < host->loss_ppm) {
        n_lost++;
        return;
    }
    uint64_t now = now_us();
    if (host->free_us < now)
        host->free_us = now;
    if (host->kbit_s != 0)
        host->free_us += (uint64_t)n * 8000 / host->kbit_s;
    held->size = (size_t)n;
    held->due_us = host->free_us + host->delay_us + draw(2 * host->jitter_us + 1) - host->jitter_us;
    if (host->n_held > 0 && held->due_us < held_at(host, host->n_held - 1)->due_us)
        held->due_us = held_at(host, host->n_held - 1)->due_us;
    host->n_held++;
}

static void deliver(struct host *from)
{
    uint64_t now = now_us();
    while (from->n_held > 0 && held_at(from, 0)->due_us <= now) {
        const struct held *held = held_at(from, 0);
        for (size_t i = 0; i < n_hosts; i++) {
            if (&hosts[i] == from)
                continue;
            if ((hosts[i].hole & HOLE_DOWN) != 0 || (from->hole & HOLE_UP) != 0 ||
                write(hosts[i].fd, held->octets, held->size) < 0)
                n_lost++; /* an interface that is down takes none */
            else
                n_passed++;
        }
        from->first = (from->first + 1) % QUEUE_MAX;
        from->n_held--;
    }
}

/* Until the next frame is due. */
static void wait_for(struct pollfd *polled)
{
    uint64_t next = UINT64_MAX;
    polled[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    for (size_t i = 0; i < n_hosts; i++) {
        const struct host *host = &hosts[i];
        polled[1 + i] =
            (struct pollfd){.fd = host->n_held < QUEUE_MAX ? host->fd : -1, .events = POLLIN};
        if (host->n_held > 0 && held_at(host, 0)->due_us < next)
            next = held_at(host, 0)->due_us;
    }
    uint64_t now = now_us();
    uint64_t left = next <= now ? 0 : next - now;
    const struct timespec timeout = {.tv_sec = (time_t)(left / 1000000),
                                     .tv_nsec = (long)(left % 1000000) * 1000};
    (void)ppoll(polled, 1 + n_hosts, next == UINT64_MAX ? NULL : &timeout, NULL);
}

/* ---- commands ---- */

static bool set_hole(struct host *host, const char *word)
{
    static const char *const names[] = {"none", "up", "down", "both"};
    for (unsigned hole = 0; hole < 4; hole++) {
        if (strcmp(word, names[hole]) == 0) {
            host->hole = hole;
            return true;
        }
    }
    return false;
}

static bool obey(char *line)
{
    char *words[6] = {0}, *rest = line;
    size_t n_words = 0;
    for (char *word; n_words < 6 && (word = strsep(&rest, " ")) != NULL;)
        words[n_words++] = word;
    if (n_words < 3)
        return false;
    size_t at = strtoull(words[1], NULL, 10);
    if (at >= n_hosts)
        return false;
    struct host *host = &hosts[at];
    if (strcmp(words[0], "hole") == 0)
        return set_hole(host, words[2]);
    if (strcmp(words[0], "sky") != 0 || n_words != 6)
        return false;
    host->delay_us = strtoull(words[2], NULL, 10);
    host->jitter_us = strtoull(words[3], NULL, 10);
    host->loss_ppm = strtoull(words[4], NULL, 10);
    host->kbit_s = strtoull(words[5], NULL, 10);
    return host->jitter_us <= host->delay_us;
}

/* False at the end of the input. */
static bool take_input(void)
{
    static char line[LINE_MAX_SIZE];
    static size_t length;
    ssize_t n = read(STDIN_FILENO, line + length, sizeof line - 1 - length);
    if (n <= 0)
        return n < 0 && errno == EINTR;
    length += (size_t)n;
    line[length] = '\0';
    for (char *end; (end = strchr(line, '\n')) != NULL;) {
        *end = '\0';
        if (obey(line))
            printf("passed %llu lost %llu\n", (unsigned long long)n_passed,
                   (unsigned long long)n_lost);
        else
            (void)puts("not understood");
        (void)fflush(stdout);
        length -= (size_t)(end + 1 - line);
        memmove(line, end + 1, length + 1);
    }
    return length < sizeof line - 1;
}

/* ---- making it ---- */

/* The interface is where the namespace was when it was made; its descriptor works from anywhere. */
static int open_tap(const char *pid)
{
    char path[64];
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    (void)snprintf(path, sizeof path, "/proc/%s/ns/net", pid);
    (void)snprintf(request.ifr_name, sizeof request.ifr_name, "weather");
    int space = open(path, O_RDONLY | O_CLOEXEC);
    if (space < 0 || setns(space, CLONE_NEWNET) < 0) {
        perror(path);
        return -1;
    }
    (void)close(space);
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) {
        perror("/dev/net/tun");
        return -1;
    }
    return fd;
}

int main(int argc, char **argv)
{
    struct pollfd polled[1 + HOSTS_MAX];
    if (argc < 3 || argc > (int)(1 + HOSTS_MAX)) {
        (void)fputs("usage: weather PID PID...\n", stderr);
        return 2;
    }
    for (n_hosts = 0; n_hosts + 1 < (size_t)argc; n_hosts++) {
        struct host *host = &hosts[n_hosts];
        host->queue = calloc(QUEUE_MAX, sizeof *host->queue);
        host->fd = host->queue == NULL ? -1 : open_tap(argv[n_hosts + 1]);
        if (host->fd < 0)
            return 1;
    }
    (void)puts("ready");
    (void)fflush(stdout);
    do {
        wait_for(polled);
        for (size_t i = 0; i < n_hosts; i++) {
            if ((polled[1 + i].revents & POLLIN) != 0)
                take_frame(&hosts[i]);
            deliver(&hosts[i]);
        }
    } while (polled[0].revents == 0 || take_input());
    for (size_t i = 0; i < n_hosts; i++) {
        (void)close(hosts[i].fd);
        free(hosts[i].queue);
    }
    return 0;
}

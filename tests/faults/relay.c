/*
 * A TCP relay that breaks what goes through it, for tests of links: it stands between a client and
 * a gateway on 127.0.0.1 and is told on its standard input, a line at a time, what to do. Each
 * command is answered with a line, after it has been done; the end of the input ends the relay.
 *
 * relay TARGET-PORT [LISTEN-PORT [SEED]]    says "ready PORT"
 *
 * cut                cuts every connection now
 * every MS           cuts every connection each MS milliseconds; 0: no longer
 * least N            but none before N octets have gone through it, both ways together
 * after N            cuts each connection, new ones too, after 1 to N octets, at random; 0: no
 * longer manner reset|finish|either   how it cuts: as by a crash, as by a close, as it likes (at
 * first) hole none|up|down|both       what goes up (to the gateway), down, or both ways is read and
 * thrown away: the sender sees it taken. What lost octets by it is cut when the hole ends stall
 * none|up|down|both      the same is left unread: the sender's buffers fill up half up|down the end
 * of file, to the gateway or to the client, with the other way open away on|off        new
 * connections are closed at once stats              "live N connections N cuts N up OCTETS down
 * OCTETS"
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_SIZE (64u << 10)
#define PAIRS_MAX 2048u
#define LINE_MAX_SIZE 128u

enum way { UP = 0, DOWN = 1 }; /* from the client, from the gateway */
enum ways { WAYS_NONE = 0, WAYS_UP = 1 << UP, WAYS_DOWN = 1 << DOWN, WAYS_BOTH = 3 };
enum manner { MANNER_EITHER, MANNER_RESET, MANNER_FINISH };

/* One direction of a connection: what was read of one end and not yet written to the other. */
struct half {
    uint8_t octets[BUFFER_SIZE];
    size_t start, end;
    bool ended;    /* the reader saw the end of file */
    bool shut;     /* and the writer was told */
    bool lost;     /* a hole has taken some: the stream is of no use any more */
    bool deafened; /* shut by the command: what still comes is thrown away */
};

struct pair {
    int fds[2]; /* owned; [UP] the client's, [DOWN] the gateway's: where that way is read */
    bool connecting;
    uint64_t room;   /* octets until the cut; UINT64_MAX: none */
    uint64_t passed; /* octets, both ways */
    struct half halves[2];
};

static struct {
    int listener;
    uint16_t target;
    struct pair *pairs[PAIRS_MAX];
    size_t n_pairs;
    enum manner manner;
    unsigned hole, stall; /* of enum ways */
    bool away;
    uint64_t after;
    uint64_t every_ms, next_cut_ms, least;
    uint64_t random;
    uint64_t n_connections, n_cuts, passed[2];
} relay;

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* xorshift64*: a seed gives the same cuts for the same traffic. */
static uint64_t draw(uint64_t below)
{
    relay.random ^= relay.random >> 12;
    relay.random ^= relay.random << 25;
    relay.random ^= relay.random >> 27;
    return ((relay.random * UINT64_C(0x2545F4914F6CDD1D)) >> 16) % below;
}

/* ---- the life of a connection ---- */

static void close_pair(size_t at, bool reset)
{
    struct pair *pair = relay.pairs[at];
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    for (int way = UP; way <= DOWN; way++) {
        if (reset)
            (void)setsockopt(pair->fds[way], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        (void)close(pair->fds[way]);
    }
    free(pair);
    relay.pairs[at] = relay.pairs[--relay.n_pairs];
}

static void cut_pair(size_t at)
{
    bool reset = relay.manner == MANNER_RESET || (relay.manner == MANNER_EITHER && draw(2) == 0);
    close_pair(at, reset);
    relay.n_cuts++;
}

/* Those through which @least octets have gone. */
static void cut_all(uint64_t least)
{
    for (size_t i = relay.n_pairs; i-- > 0;)
        if (relay.pairs[i]->passed >= least)
            cut_pair(i);
}

static uint64_t draw_room(void)
{
    return relay.after == 0 ? UINT64_MAX : 1 + draw(relay.after);
}

static void accept_one(void)
{
    int client = accept4(relay.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0)
        return;
    relay.n_connections++;
    if (relay.away || relay.n_pairs == PAIRS_MAX) {
        (void)close(client);
        return;
    }
    int gateway = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct pair *pair = calloc(1, sizeof *pair);
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(relay.target),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int on = 1;
    if (gateway < 0 || pair == NULL ||
        (connect(gateway, (const struct sockaddr *)&address, sizeof address) < 0 &&
         errno != EINPROGRESS)) {
        if (gateway >= 0)
            (void)close(gateway);
        (void)close(client);
        free(pair);
        return;
    }
    (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(gateway, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    pair->fds[UP] = client;
    pair->fds[DOWN] = gateway;
    pair->connecting = true;
    pair->room = draw_room();
    relay.pairs[relay.n_pairs++] = pair;
}

/* ---- octets ---- */

static bool would_block(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Reads what is there; false: the connection is broken. */
static bool fill(struct pair *pair, enum way way)
{
    struct half *half = &pair->halves[way];
    ssize_t n = recv(pair->fds[way], half->octets, sizeof half->octets, 0);
    if (n < 0)
        return would_block(n);
    if (n == 0) {
        half->ended = true;
        return true;
    }
    if (relay.hole & (1u << way))
        half->lost = true;
    if (half->lost || half->deafened)
        return true; /* thrown away */
    half->start = 0;
    half->end = (size_t)n;
    return true;
}

/* Writes what was read; false: the connection is broken, or is to be cut here. */
static bool drain(struct pair *pair, enum way way)
{
    struct half *half = &pair->halves[way];
    int to = pair->fds[way == UP ? DOWN : UP];
    while (half->start < half->end) {
        size_t size = half->end - half->start;
        if (size > pair->room)
            size = (size_t)pair->room;
        ssize_t n = send(to, half->octets + half->start, size, MSG_NOSIGNAL);
        if (n < 0)
            return would_block(n);
        half->start += (size_t)n;
        relay.passed[way] += (uint64_t)n;
        pair->passed += (uint64_t)n;
        if (pair->room != UINT64_MAX)
            pair->room -= (uint64_t)n;
        if (pair->room == 0)
            return false;
    }
    if (half->ended && !half->shut && !half->lost) {
        half->shut = true;
        (void)shutdown(to, SHUT_WR);
    }
    return true;
}

static bool reads(const struct pair *pair, enum way way)
{
    const struct half *half = &pair->halves[way];
    return !pair->connecting && !half->ended && half->start == half->end &&
           (relay.stall & (1u << way)) == 0;
}

static short wanted(const struct pair *pair, enum way end)
{
    const struct half *into = &pair->halves[end == UP ? DOWN : UP];
    short events = 0;
    if (reads(pair, end))
        events |= POLLIN;
    if (into->start < into->end || (end == DOWN && pair->connecting))
        events |= POLLOUT;
    return events;
}

/* False: it is over. */
static bool serve_pair(struct pair *pair, const struct pollfd *polled)
{
    if (pair->connecting) {
        if ((polled[DOWN].revents & (POLLERR | POLLHUP)) != 0)
            return false;
        if ((polled[DOWN].revents & POLLOUT) == 0)
            return true;
        pair->connecting = false;
    }
    for (int way = UP; way <= DOWN; way++) {
        if ((polled[way].revents & POLLERR) != 0)
            return false;
        if ((polled[way].revents & (POLLIN | POLLHUP)) != 0 && reads(pair, (enum way)way) &&
            !fill(pair, (enum way)way))
            return false;
        if (!drain(pair, (enum way)way))
            return false;
    }
    return !(pair->halves[UP].shut && pair->halves[DOWN].shut);
}

/* ---- commands ---- */

static bool parse_ways(const char *word, unsigned *waysp)
{
    static const char *const names[] = {"none", "up", "down", "both"};
    for (unsigned ways = 0; ways < 4; ways++) {
        if (strcmp(word, names[ways]) == 0) {
            *waysp = ways;
            return true;
        }
    }
    return false;
}

/* What lost octets cannot go on once it is let through again. */
static void end_hole(void)
{
    for (size_t i = relay.n_pairs; i-- > 0;) {
        const struct pair *pair = relay.pairs[i];
        if ((pair->halves[UP].lost && (relay.hole & WAYS_UP) == 0) ||
            (pair->halves[DOWN].lost && (relay.hole & WAYS_DOWN) == 0))
            cut_pair(i);
    }
}

static void half_close(enum way way)
{
    for (size_t i = 0; i < relay.n_pairs; i++) {
        struct half *half = &relay.pairs[i]->halves[way];
        (void)shutdown(relay.pairs[i]->fds[way == UP ? DOWN : UP], SHUT_WR);
        half->deafened = true;
        half->start = half->end;
    }
}

/* False: it is not known. */
static bool obey(const char *verb, const char *word)
{
    uint64_t number = strtoull(word, NULL, 10);
    if (strcmp(verb, "cut") == 0) {
        cut_all(0);
    } else if (strcmp(verb, "least") == 0) {
        relay.least = number;
    } else if (strcmp(verb, "every") == 0) {
        relay.every_ms = number;
        relay.next_cut_ms = now_ms() + number;
    } else if (strcmp(verb, "after") == 0) {
        relay.after = number;
        for (size_t i = 0; i < relay.n_pairs; i++)
            relay.pairs[i]->room = draw_room();
    } else if (strcmp(verb, "manner") == 0) {
        relay.manner = strcmp(word, "reset") == 0    ? MANNER_RESET
                       : strcmp(word, "finish") == 0 ? MANNER_FINISH
                                                     : MANNER_EITHER;
    } else if (strcmp(verb, "hole") == 0) {
        if (!parse_ways(word, &relay.hole))
            return false;
        end_hole();
    } else if (strcmp(verb, "stall") == 0) {
        return parse_ways(word, &relay.stall);
    } else if (strcmp(verb, "half") == 0) {
        half_close(strcmp(word, "up") == 0 ? UP : DOWN);
    } else if (strcmp(verb, "away") == 0) {
        relay.away = strcmp(word, "on") == 0;
    } else {
        return strcmp(verb, "stats") == 0;
    }
    return true;
}

static void take_line(char *line)
{
    char *word = strchr(line, ' ');
    if (word != NULL)
        *word++ = '\0';
    if (!obey(line, word == NULL ? "" : word))
        printf("what is %s?\n", line);
    else
        printf("live %zu connections %llu cuts %llu up %llu down %llu\n", relay.n_pairs,
               (unsigned long long)relay.n_connections, (unsigned long long)relay.n_cuts,
               (unsigned long long)relay.passed[UP], (unsigned long long)relay.passed[DOWN]);
    (void)fflush(stdout);
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
        take_line(line);
        length -= (size_t)(end + 1 - line);
        memmove(line, end + 1, length + 1);
    }
    return length < sizeof line - 1;
}

/* ---- the loop ---- */

static int time_left(void)
{
    if (relay.every_ms == 0)
        return -1;
    uint64_t now = now_ms();
    return now >= relay.next_cut_ms ? 0 : (int)(relay.next_cut_ms - now);
}

static void run(void)
{
    static struct pollfd polled[2 + 2 * PAIRS_MAX];
    for (;;) {
        size_t n_pairs = relay.n_pairs;
        polled[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
        polled[1] = (struct pollfd){.fd = relay.listener, .events = POLLIN};
        for (size_t i = 0; i < n_pairs; i++)
            for (int end = UP; end <= DOWN; end++) {
                const struct pair *pair = relay.pairs[i];
                short events = wanted(pair, (enum way)end);
                /* an end of which nothing is wanted would only tell again and again that it hung up
                 */
                polled[2 + 2 * i + (size_t)end] =
                    (struct pollfd){.fd = events == 0 ? -1 : pair->fds[end], .events = events};
            }
        if (poll(polled, 2 + 2 * n_pairs, time_left()) < 0 && errno != EINTR)
            return;
        for (size_t i = n_pairs; i-- > 0;) {
            if (serve_pair(relay.pairs[i], &polled[2 + 2 * i]))
                continue;
            if (relay.pairs[i]->room == 0)
                cut_pair(i);
            else
                close_pair(i,
                           !(relay.pairs[i]->halves[UP].shut && relay.pairs[i]->halves[DOWN].shut));
        }
        if (relay.every_ms != 0 && now_ms() >= relay.next_cut_ms) {
            cut_all(relay.least);
            relay.next_cut_ms += relay.every_ms;
        }
        if ((polled[1].revents & POLLIN) != 0)
            accept_one();
        if ((polled[0].revents & (POLLIN | POLLHUP)) != 0 && !take_input())
            return;
    }
}

static bool parse_port(const char *word, uint16_t *portp)
{
    char *end;
    unsigned long port = strtoul(word, &end, 10);
    *portp = (uint16_t)port;
    return *end == '\0' && port <= UINT16_MAX;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    uint16_t port = 0;
    const int on = 1;
    if (argc < 2 || argc > 4 || !parse_port(argv[1], &relay.target) ||
        (argc > 2 && !parse_port(argv[2], &port))) {
        (void)fputs("usage: relay TARGET-PORT [LISTEN-PORT [SEED]]\n", stderr);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    relay.random = 0x9E3779B97F4A7C15u ^ (argc > 3 ? strtoull(argv[3], NULL, 10) : 1);
    address.sin_port = htons(port);
    relay.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (relay.listener < 0 ||
        setsockopt(relay.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(relay.listener, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(relay.listener, SOMAXCONN) < 0 ||
        getsockname(relay.listener, (struct sockaddr *)&address, &size) < 0) {
        perror("relay");
        return 1;
    }
    printf("ready %u\n", ntohs(address.sin_port));
    (void)fflush(stdout);
    run();
    cut_all(0);
    (void)close(relay.listener);
    return 0;
}

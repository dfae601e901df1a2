/*
 * One WebSocket connection as a link. Everything that libwebsockets says while it is at work is
 * only noted: octets are gathered in the inbox, the rest are flags; the link's task, which the loop
 * runs after libwebsockets has returned, hands it up in order.
 *
 * Writing is direct, from whichever thread holds the lock: frames are made here (ws_frame) and go
 * down as raw octets, one write and mostly one TLS record for what has gathered. What the socket
 * did not take is in libwebsockets' own buffer, at most one piece; nothing is written behind it
 * until it says that it is empty. A server writes a block in place: the header stands in the room
 * before its octets, and what stood there is put back, for a block may be written again when a
 * session resumes. A client has to mask, so it writes a copy; so does a text link, which makes a
 * message of each line.
 *
 * The end is what reading says. A failed write shuts the socket down; the loop reads what has
 * arrived and then the end of file.
 */
#include "bridge/wss_link.h"

#include <assert.h>
#include <linux/tcp.h> /* glibc's tcp_info ends before tcpi_notsent_bytes */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "bridge/log.h"
#include "bridge/ws_frame.h"

/* Octets of one WebSocket frame that we write: a block of the outbox with a frame of 64 KiB. */
#define PIECE_MAX (OUTBOX_COALESCE_MAX + 4096u)
#define SCRATCH_SIZE (LWS_PRE + WS_HEADER_MAX + PIECE_MAX)
#define CLOSE_REASON_MAX 120u /* octets: a control frame has 125 */

/* A text message in the inbox stands behind its size. */
struct record {
    uint32_t size;
    bool whole;
};

struct wss_link {
    struct link link;
    struct wss_engine *engine; /* borrowed */
    struct lws *wsi;           /* libwebsockets'; NULL when gone */
    struct loop_task task;
    struct loop_timer timer; /* the end of closing */
    uint8_t *inbox;          /* owned; NULL while empty */
    size_t inbox_size, inbox_capacity;
    size_t record_at; /* text: where the message that is coming in begins */
    size_t message_max;
    bool *gonep;                   /* set when the owner destroys the link in an event */
    void (*destroyed)(void *user); /* NULL: nobody cares */
    void *destroyed_user;          /* borrowed */
    bool text;
    bool client;
    bool started;       /* the owner wants its events */
    bool established;   /* the upgrade is done */
    bool opened;        /* told so */
    bool recording;     /* text: a message has begun */
    bool continuing;    /* a message of ours has begun, and was not all written */
    bool pinging;       /* a ping is to go first when the socket takes octets again */
    bool stuck;         /* libwebsockets keeps octets that the socket did not take */
    bool writable;      /* it says they are gone */
    bool failed;        /* a write failed: the socket is shut down */
    bool hushed;        /* the other side has said the last word of WebSocket */
    bool deaf;          /* nothing more is taken; what was is handed up */
    bool closing;       /* nothing is handed up any more; closed comes next */
    bool parting;       /* the outbox is written: our last word of WebSocket is due */
    bool blamed;        /* why and detail are known */
    bool over;          /* the connection is gone */
    bool told;          /* closed was told */
    uint16_t last_word; /* the close code asked for; 0: as why says */
    enum via_status why;
    char detail[600];
};

static const struct link_ops ops;

static struct wss_link *of_link(struct link *link)
{
    assert(link->ops == &ops);
    return (struct wss_link *)link;
}

static struct wss_link *of_task(struct loop_task *task)
{
    return (struct wss_link *)((char *)task - offsetof(struct wss_link, task));
}

static struct wss_link *of_timer(struct loop_timer *timer)
{
    return (struct wss_link *)((char *)timer - offsetof(struct wss_link, timer));
}

static void note(struct wss_link *self)
{
    loop_defer(self->engine->loop, &self->task);
}

void wss_link_blame(struct wss_link *self, enum via_status why, const char *detail)
{
    if (self->blamed)
        return;
    self->blamed = true;
    self->why = why;
    (void)snprintf(self->detail, sizeof self->detail, "%s", detail);
}

void wss_link_gone(struct wss_link *self, enum via_status why, const char *detail)
{
    wss_link_blame(self, why, detail);
    self->wsi = NULL;
    self->over = true;
    loop_disarm(self->engine->loop, &self->timer);
    note(self);
}

/* ---- writing ---- */

/* Four octets nobody can foresee; the kernel is asked once for many. */
static void make_mask(struct wss_engine *engine, uint8_t mask[4])
{
    if (engine->n_random < 4) {
        /* Up to 256 octets come whole; before there is entropy it waits, once after boot. */
        if (getrandom(engine->random, sizeof engine->random, 0) != (ssize_t)sizeof engine->random)
            abort();
        engine->n_random = sizeof engine->random;
    }
    engine->n_random -= 4;
    memcpy(mask, engine->random + engine->n_random, 4);
}

/* Adds one WebSocket frame to the scratch buffer at @used; returns the octets added. */
static size_t add_frame(struct wss_link *self, uint8_t *at, enum ws_opcode opcode, bool final,
                        const uint8_t *octets, size_t size)
{
    uint8_t mask[4];
    if (!self->client) {
        size_t n = ws_frame_header(at, opcode, final, size, NULL);
        memcpy(at + n, octets, size);
        return n + size;
    }
    make_mask(self->engine, mask);
    size_t n = ws_frame_header(at, opcode, final, size, mask);
    ws_frame_mask(at + n, octets, size, mask);
    return n + size;
}

static bool send_raw(struct wss_link *self, uint8_t *octets, size_t size)
{
    wss_engine_rouse(self->engine, self->wsi);
    /* "HTTP" is libwebsockets' word for octets as they are. */
    if (lws_write(self->wsi, octets, size, LWS_WRITE_HTTP) < 0)
        return false;
    if (lws_partial_buffered(self->wsi)) {
        self->stuck = true;
        lws_callback_on_writable(self->wsi);
    }
    return true;
}

static enum ws_opcode opcode_of(struct wss_link *self)
{
    if (self->continuing)
        return WS_CONTINUATION;
    return self->text ? WS_TEXT : WS_BINARY;
}

/* Writes the head, or a piece of it, as one frame. */
static bool write_binary(struct wss_link *self, struct outbox_block *head)
{
    uint8_t *octets = head->octets + head->done;
    size_t size = head->size - head->done;
    bool final = size <= PIECE_MAX;
    if (!final)
        size = PIECE_MAX;
    bool sent;
    if (self->client) {
        uint8_t *scratch = self->engine->scratch + LWS_PRE;
        sent =
            send_raw(self, scratch, add_frame(self, scratch, opcode_of(self), final, octets, size));
    } else {
        uint8_t header[WS_HEADER_MAX], stood_there[WS_HEADER_MAX];
        size_t n = ws_frame_header(header, opcode_of(self), final, size, NULL);
        memcpy(stood_there, octets - n, n);
        memcpy(octets - n, header, n);
        sent = send_raw(self, octets - n, n + size);
        memcpy(octets - n, stood_there, n);
    }
    self->continuing = !final;
    if (sent)
        outbox_wrote(self->link.outbox, size);
    return sent;
}

/* Writes as many lines of the head as fit, each as a message, all at once. */
static bool write_text(struct wss_link *self, struct outbox_block *head)
{
    uint8_t *scratch = self->engine->scratch + LWS_PRE;
    const uint8_t *at = head->octets + head->done, *end = head->octets + head->size;
    size_t filled = 0, used = 0;
    while (at < end) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((newline != NULL ? newline : end) - at);
        size_t room = PIECE_MAX - filled;
        bool final = size <= room;
        if (!final && filled > 0)
            break;
        if (!final)
            size = room;
        filled += add_frame(self, scratch + filled, opcode_of(self), final, at, size);
        self->continuing = !final;
        size_t taken = size + (final && newline != NULL ? 1u : 0u);
        at += taken;
        used += taken;
        if (filled >= PIECE_MAX - WS_HEADER_MAX)
            break;
    }
    bool sent = send_raw(self, scratch, filled);
    if (sent)
        outbox_wrote(self->link.outbox, used);
    return sent;
}

/* A control frame may stand between the pieces of a message. */
static bool write_ping(struct wss_link *self)
{
    uint8_t *scratch = self->engine->scratch + LWS_PRE;
    self->pinging = false;
    return send_raw(self, scratch, add_frame(self, scratch, WS_PING, true, scratch, 0));
}

/* Reading tells the end. */
static bool write_failed(struct wss_link *self)
{
    self->failed = true;
    (void)shutdown(lws_get_socket_fd(self->wsi), SHUT_RDWR);
    return false;
}

/* Whether the outbox is empty, and libwebsockets keeps nothing back. */
static bool write_all(struct wss_link *self)
{
    struct outbox_block *head;
    if (self->pinging && !self->stuck && !write_ping(self))
        return write_failed(self);
    while (!self->stuck && (head = outbox_head(self->link.outbox)) != NULL) {
        if (self->text ? write_text(self, head) : write_binary(self, head))
            continue;
        /* OpenSSL makes several records of one write: the first of them may well have gone. */
        outbox_failed(self->link.outbox);
        return write_failed(self);
    }
    return !self->stuck;
}

static bool may_write(const struct wss_link *self)
{
    return self->established && !self->stuck && !self->failed && !self->hushed && !self->parting &&
           !self->over && self->link.outbox != NULL;
}

static void wss_link_flush(struct link *link)
{
    struct wss_link *self = of_link(link);
    if (may_write(self))
        (void)write_all(self);
}

static void wss_link_ping(struct link *link)
{
    struct wss_link *self = of_link(link);
    self->pinging = self->established && !self->parting && !self->over;
    if (may_write(self))
        (void)write_all(self);
}

static bool wss_link_silence(struct link *link, struct link_silence *silence)
{
    const struct wss_link *self = of_link(link);
    struct tcp_info info;
    socklen_t size = sizeof info;
    if (self->wsi == NULL || !self->established || self->closing ||
        getsockopt(lws_get_socket_fd(self->wsi), IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
        size < offsetof(struct tcp_info, tcpi_min_rtt))
        return false;
    silence->received_ms = info.tcpi_last_data_recv;
    silence->sent_ms = info.tcpi_last_data_sent;
    silence->blocked = info.tcpi_notsent_bytes > 0;
    return true;
}

static void wss_link_allow(struct link *link, uint32_t ms)
{
    wss_set_user_timeout(lws_get_socket_fd(of_link(link)->wsi), ms);
}

/* ---- the inbox ---- */

/* Room for @size octets more; NULL when that is too much, or there is no memory. */
static uint8_t *make_room(struct wss_link *self, size_t size)
{
    struct wss_engine *engine = self->engine;
    if (self->inbox == NULL && engine->spare != NULL) {
        self->inbox = engine->spare;
        self->inbox_capacity = LINK_READ_SIZE;
        engine->spare = NULL;
    }
    if (size > LINK_BACKLOG_MAX - self->inbox_size)
        return NULL;
    size_t capacity = self->inbox_capacity == 0 ? LINK_READ_SIZE : self->inbox_capacity;
    while (capacity - self->inbox_size < size)
        capacity *= 2;
    if (capacity != self->inbox_capacity) {
        uint8_t *inbox = realloc(self->inbox, capacity);
        if (inbox == NULL)
            return NULL;
        self->inbox = inbox;
        self->inbox_capacity = capacity;
    }
    uint8_t *room = self->inbox + self->inbox_size;
    self->inbox_size += size;
    return room;
}

/* @used octets in front are done with. */
static void empty(struct wss_link *self, size_t used)
{
    if (used == 0)
        return;
    self->inbox_size -= used;
    if (self->inbox_size > 0) {
        memmove(self->inbox, self->inbox + used, self->inbox_size);
        return;
    }
    if (self->inbox_capacity == LINK_READ_SIZE && self->engine->spare == NULL)
        self->engine->spare = self->inbox;
    else
        free(self->inbox);
    self->inbox = NULL;
    self->inbox_capacity = 0;
}

static int refuse_message(struct wss_link *self, enum lws_close_status code, enum via_status why,
                          const char *words)
{
    wss_link_blame(self, why, words);
    self->deaf = true;
    /* libwebsockets copies them, but takes no const. */
    unsigned char reason[CLOSE_REASON_MAX + 1];
    int n = snprintf((char *)reason, sizeof reason, "%s", words);
    lws_close_reason(self->wsi, code, reason,
                     n < (int)CLOSE_REASON_MAX ? (size_t)n : (size_t)CLOSE_REASON_MAX);
    return -1;
}

static int take_binary(struct wss_link *self, const void *octets, size_t size)
{
    uint8_t *room = make_room(self, size);
    if (room == NULL)
        return refuse_message(self, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, VIA_TOO_LARGE,
                              "a frame larger than a link keeps");
    memcpy(room, octets, size);
    return 0;
}

static int take_text(struct wss_link *self, const void *octets, size_t size)
{
    struct record record = {.size = 0};
    if (!self->recording) {
        self->record_at = self->inbox_size;
        uint8_t *room = make_room(self, sizeof record);
        if (room == NULL)
            return refuse_message(self, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, VIA_NO_MEMORY,
                                  "no memory for a message");
        memcpy(room, &record, sizeof record);
        self->recording = true;
    }
    memcpy(&record, self->inbox + self->record_at, sizeof record);
    uint8_t *room = NULL;
    if (size <= self->message_max - record.size)
        room = make_room(self, size);
    if (room == NULL) {
        char words[CLOSE_REASON_MAX];
        (void)snprintf(words, sizeof words, "a message over max_json_size, %zu octets here",
                       self->message_max);
        return refuse_message(self, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, VIA_TOO_LARGE, words);
    }
    if (size > 0)
        memcpy(room, octets, size);
    record.size += (uint32_t)size;
    record.whole = lws_is_final_fragment(self->wsi) && lws_remaining_packet_payload(self->wsi) == 0;
    self->recording = !record.whole;
    memcpy(self->inbox + self->record_at, &record, sizeof record);
    return 0;
}

bool wss_link_take_greeting(struct wss_link *self, const uint8_t *octets, size_t size)
{
    uint8_t *room = make_room(self, size);
    if (room != NULL)
        memcpy(room, octets, size);
    return room != NULL;
}

static int take(struct wss_link *self, const void *octets, size_t size)
{
    if (self->deaf || self->closing || self->over)
        return 0;
    if (lws_frame_is_binary(self->wsi) == (self->text ? 1 : 0))
        return refuse_message(self, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE, VIA_BAD_KIND,
                              self->text ? "a binary message on a subprotocol of text"
                                         : "a text message on a subprotocol of binary");
    int result = self->text ? take_text(self, octets, size) : take_binary(self, octets, size);
    note(self);
    return result;
}

/* ---- what libwebsockets says ---- */

static int write_now_possible(struct wss_link *self)
{
    if (self->parting) {
        unsigned char reason[CLOSE_REASON_MAX + 1];
        enum lws_close_status code =
            self->why == VIA_OK ? LWS_CLOSE_STATUS_NORMAL : LWS_CLOSE_STATUS_POLICY_VIOLATION;
        if (self->last_word != 0)
            code = (enum lws_close_status)self->last_word;
        int n = snprintf((char *)reason, sizeof reason, "%s",
                         code == LWS_CLOSE_STATUS_NORMAL ? "" : self->detail);
        lws_close_reason(self->wsi, code, reason,
                         n < (int)CLOSE_REASON_MAX ? (size_t)n : (size_t)CLOSE_REASON_MAX);
        return -1;
    }
    self->writable = true;
    note(self);
    return 0;
}

int wss_link_handle(struct wss_link *self, enum lws_callback_reasons reason, const void *in,
                    size_t size)
{
    switch ((int)reason) {
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return take(self, in, size);
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return write_now_possible(self);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        self->hushed = true;
        return 0;
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY:
        if (!self->over)
            wss_link_gone(self, VIA_OK,
                          self->hushed ? "closed by the other side" : "the connection is lost");
        return 0;
    default:
        return 0;
    }
}

/* ---- the end ---- */

static void kill_connection(struct wss_link *self)
{
    if (self->wsi == NULL)
        return;
    lws_set_timeout(self->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    wss_engine_touch(self->engine);
}

/* Our last word: libwebsockets says it as soon as the socket takes it. */
static void part(struct wss_link *self)
{
    self->parting = true;
    lws_callback_on_writable(self->wsi);
}

static void close_for(struct wss_link *self, enum via_status why, const char *detail)
{
    if (self->closing || self->over)
        return;
    wss_link_blame(self, why, detail);
    self->closing = true;
    if (self->wsi == NULL) {
        wss_link_gone(self, why, detail);
        return;
    }
    if (!self->established || self->failed || self->hushed) {
        kill_connection(self);
        return;
    }
    if (loop_arm(self->engine->loop, &self->timer, loop_now() + LINK_CLOSE_MS) != VIA_OK) {
        kill_connection(self);
        return;
    }
    if (!self->stuck && write_all(self))
        part(self);
}

static void wss_link_close(struct link *link)
{
    close_for(of_link(link), VIA_OK, "closed on this side");
}

void wss_link_close_as(struct link *link, unsigned code, const char *words)
{
    struct wss_link *self = of_link(link);
    if (!self->closing)
        self->last_word = (uint16_t)code;
    close_for(self, VIA_OK, words);
}

static void wss_link_fired(struct loop_timer *timer)
{
    kill_connection(of_timer(timer));
}

static struct link *wss_link_destroy(struct link *link)
{
    struct wss_link *self = of_link(link);
    loop_undefer(self->engine->loop, &self->task);
    loop_disarm(self->engine->loop, &self->timer);
    if (self->gonep != NULL)
        *self->gonep = true;
    kill_connection(self);
    if (self->destroyed != NULL)
        self->destroyed(self->destroyed_user);
    free(self->inbox);
    wss_engine_let_go(self->engine);
    free(self);
    return NULL;
}

void wss_link_on_destroy(struct wss_link *self, void (*destroyed)(void *user), void *user)
{
    self->destroyed = destroyed;
    self->destroyed_user = user;
}

/* ---- handing up ---- */

/* Hands @size octets up. False: the link is gone, or nothing more is to be handed up. */
static bool hand_up(struct wss_link *self, const uint8_t *octets, size_t size, size_t *usedp)
{
    const bool *gonep = self->gonep;
    *usedp = 0;
    enum via_status status = self->link.events->received(self->link.user, octets, size, usedp);
    if (*gonep)
        return false;
    assert(*usedp <= size);
    if (status != VIA_OK)
        close_for(self, status, "what came was refused");
    return !self->closing;
}

/* False as above. */
static bool hand_up_inbox(struct wss_link *self)
{
    size_t at = 0, used = 0;
    if (!self->text) {
        if (self->inbox_size == 0)
            return true;
        if (!hand_up(self, self->inbox, self->inbox_size, &used))
            return false;
        empty(self, used);
        return true;
    }
    struct record record;
    while (self->inbox_size - at >= sizeof record) {
        memcpy(&record, self->inbox + at, sizeof record);
        if (!record.whole)
            break;
        if (!hand_up(self, self->inbox + at + sizeof record, record.size, &used))
            return false;
        at += sizeof record + record.size;
    }
    if (at > 0) {
        self->record_at -= self->recording ? at : 0;
        empty(self, at);
    }
    return true;
}

/* libwebsockets has got rid of what it kept. */
static void go_on_writing(struct wss_link *self)
{
    self->writable = false;
    bool was_stuck = self->stuck;
    self->stuck = false;
    if (self->failed || self->hushed || self->over || !write_all(self) || !was_stuck)
        return;
    if (self->closing)
        part(self);
    else if (self->link.events->drained != NULL)
        self->link.events->drained(self->link.user);
}

static void wss_link_run(struct loop_task *task)
{
    struct wss_link *self = of_task(task);
    if (!self->started)
        return;
    bool gone = false;
    self->gonep = &gone;
    if (self->established && !self->opened && !self->closing) {
        self->opened = true;
        self->link.events->opened(self->link.user);
        if (gone)
            return;
        wss_link_flush(&self->link);
    }
    if (!self->closing && !hand_up_inbox(self) && gone)
        return;
    if (self->writable && self->wsi != NULL)
        go_on_writing(self);
    if (gone)
        return;
    self->gonep = NULL;
    if (self->over && !self->told) {
        self->told = true;
        self->link.events->closed(self->link.user, self->why, self->detail);
    }
}

/* ---- beginning ---- */

enum via_status wss_link_prepare(struct wss_link **selfp, struct wss_engine *engine, bool text,
                                 size_t message_max)
{
    struct wss_link *self = calloc(1, sizeof *self);
    if (self == NULL)
        return VIA_NO_MEMORY;
    if (engine->scratch == NULL)
        engine->scratch = malloc(SCRATCH_SIZE);
    if (engine->scratch == NULL) {
        free(self);
        return VIA_NO_MEMORY;
    }
    self->link.ops = &ops;
    self->engine = engine;
    wss_engine_hold(engine);
    self->text = text;
    self->client = true;
    self->message_max = message_max < UINT32_MAX ? message_max : UINT32_MAX;
    self->task.run = wss_link_run;
    self->timer.fired = wss_link_fired;
    *selfp = self;
    return VIA_OK;
}

enum via_status wss_link_create(struct wss_link **selfp, struct wss_engine *engine, struct lws *wsi,
                                bool text, size_t message_max)
{
    enum via_status status = wss_link_prepare(selfp, engine, text, message_max);
    if (status != VIA_OK)
        return status;
    (*selfp)->client = false;
    (*selfp)->wsi = wsi;
    (*selfp)->established = true;
    return VIA_OK;
}

void wss_link_set_wsi(struct wss_link *self, struct lws *wsi)
{
    self->wsi = wsi;
}

void wss_link_established(struct wss_link *self)
{
    self->established = true;
    note(self);
}

void wss_link_start(struct wss_link *self)
{
    self->started = true;
    note(self);
}

bool wss_link_is_started(const struct wss_link *self)
{
    return self->started;
}

void wss_link_drop(struct wss_link *self)
{
    assert(!self->started);
    self->wsi = NULL;
    wss_link_destroy(&self->link);
}

struct link *wss_link_base(struct wss_link *self)
{
    return &self->link;
}

static const struct link_ops ops = {
    .name = "wss",
    .flush = wss_link_flush,
    .close = wss_link_close,
    .ping = wss_link_ping,
    .silence = wss_link_silence,
    .allow = wss_link_allow,
    .destroy = wss_link_destroy,
};

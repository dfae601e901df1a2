/*
 * Octets are fed from the very end of a buffer, so that the address sanitizer sees a read beyond
 * them. Nothing here allocates: the tests of scarce memory count what the peers do.
 */
#include "tests/unit/bridge/peer_pair.h"

#include <cmocka.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where @size octets stand so that nothing stands behind them. */
static uint8_t *room_of(size_t size)
{
    static uint8_t room[2u << 20];
    assert_true(size <= sizeof room);
    return room + sizeof room - size;
}

__attribute__((format(printf, 2, 3))) static void write_log(struct end *end, const char *format,
                                                            ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(end->log + end->log_size, sizeof end->log - end->log_size, format, arguments);
    va_end(arguments);
    assert_true(n >= 0 && (size_t)n < sizeof end->log - end->log_size);
    end->log_size += (size_t)n;
}

static const char *name_of(const void *object)
{
    return object == NULL ? "directory" : ((const struct thing *)object)->name;
}

/* The body, the references and the descriptors of a frame. */
static void write_payload(struct end *end, const struct frame *frame, const int *fds)
{
    if (frame->body_size > 0 && !end->is_brief)
        write_log(end, " '%.*s'", (int)frame->body_size, (const char *)frame->body);
    for (uint32_t i = 0; i < frame->n_refs; i++) {
        struct frame_ref ref;
        frame_ref_get(frame->refs, i, &ref);
        void *object;
        if (ref.handle == 0)
            write_log(end, " nothing");
        else if (!(ref.flags & FRAME_REF_YOURS))
            write_log(end, " theirs:%x", ref.handle);
        else if (peer_exported(end->peer, ref.handle, &object) == VIA_OK)
            write_log(end, " ours:%s", name_of(object));
        else
            fail_msg("a reference that is not ours came through");
        if (!(ref.flags & FRAME_REF_YOURS) && ref.handle != 0 && !end->keeps)
            peer_release(end->peer, (struct their_handle){ref.handle}, 1);
    }
    for (size_t i = 0; i < end->n_fds; i++) {
        if (end->fds[i] >= 0)
            (void)close(end->fds[i]);
    }
    end->n_fds = frame->n_fds;
    for (size_t i = 0; i < end->n_fds; i++) {
        end->fds[i] = fds[i];
        write_log(end, fds[i] >= 0 ? " fd" : " nofd");
    }
    write_log(end, "\n");
}

static void on_hello(void *user, const struct hello *hello)
{
    struct end *end = user;
    write_log(end, "hello %s\n", hello->name);
    if (end->welcomes) {
        struct hello welcome = {.name = "gateway", .epoch = 1};
        if (end->resumes) {
            welcome.session = PAIR_SESSION;
            welcome.secret[0] = 1;
            welcome.grace_ms = 15000;
        }
        assert_int_equal(peer_welcome(end->peer, &welcome), VIA_OK);
    }
}

static void on_call(void *user, void *object, const struct frame *frame, const struct meta *meta,
                    const int *fds)
{
    struct end *end = user;
    write_log(end, "%s %s %u", frame->flags & FRAME_ONEWAY ? "oneway" : "call", name_of(object),
              frame->code);
    if (meta->has_caller)
        write_log(end, " caller:%x", meta->caller);
    if (meta->has_chain)
        write_log(end, " chain:%u.%u", (unsigned)meta->chain, meta->depth);
    write_payload(end, frame, fds);
    if (end->answer != NULL && !(frame->flags & FRAME_ONEWAY))
        assert_int_equal(peer_reply(end->peer, frame->id, end->answer, NULL), VIA_OK);
}

static void on_introduced(void *user, const struct meta *meta)
{
    for (uint8_t i = 0; i < meta->n_introductions; i++)
        write_log(user, "introduced %x\n", meta->introductions[i].number);
}

static void on_reply(void *user, uint64_t context, const struct frame *frame, const int *fds)
{
    struct end *end = user;
    write_log(end, "reply %u %s %u", (unsigned)context,
              via_status_name((enum via_status)frame->code), frame->time);
    write_payload(end, frame, fds);
}

static void on_refused(void *user, const struct frame *frame)
{
    write_log(user, "refused %u of %x %s\n", frame->id, frame->object,
              via_status_name((enum via_status)frame->code));
}

static void on_cancel(void *user, uint32_t id, uint64_t context)
{
    (void)id;
    write_log(user, "cancel %u\n", (unsigned)context);
}

static void on_event(void *user, void *object, struct their_handle from, const struct frame *frame,
                     const int *fds)
{
    struct end *end = user;
    if (object != NULL)
        write_log(end, "event to:%s", name_of(object));
    else
        write_log(end, "event from:%x", from.number);
    write_log(end, " %u number:%u", frame->code, (unsigned)frame_number(frame));
    if (frame->flags & FRAME_GAP)
        write_log(end, " lost:%u", (unsigned)frame->lost);
    write_payload(end, frame, fds);
}

static void on_death(void *user, struct their_handle handle, void *attached, enum via_cause cause)
{
    write_log(user, "death %x %s%s%s\n", handle.number, via_cause_name(cause),
              attached == NULL ? "" : " ", attached == NULL ? "" : name_of(attached));
}

static void on_unexported(void *user, void *object, struct our_handle handle)
{
    (void)handle;
    write_log(user, "unexported %s\n", name_of(object));
}

static void on_bye(void *user, uint32_t code)
{
    struct end *end = user;
    write_log(end, "bye %u '%s'\n", code, peer_fault(end->peer));
}

static void on_lost(void *user, void *object, struct their_handle from, const struct frame *head)
{
    if (object != NULL)
        write_log(user, "lost to:%s", name_of(object));
    else
        write_log(user, "lost from:%x", from.number);
    if (head->flags & FRAME_GAP)
        write_log(user, " lost:%u", (unsigned)head->lost);
    write_log(user, "\n");
}

static void on_resumed(void *user, bool recovered)
{
    write_log(user, recovered ? "resumed\n" : "begun anew\n");
}

static uint32_t coarse_now(void *user)
{
    return ((const struct end *)user)->coarse;
}

static uint64_t now(void *user)
{
    return ((const struct end *)user)->now_ms;
}

static enum via_status on_accept_stream(void *user, const struct frame_fd *entry, int *fdp)
{
    const struct end *end = user;
    return end->pumps == NULL ? VIA_OK : pump_accept(end->pumps, end->peer, entry, fdp);
}

static const struct peer_ops ops = {
    .hello = on_hello,
    .call = on_call,
    .introduced = on_introduced,
    .reply = on_reply,
    .refused = on_refused,
    .cancel = on_cancel,
    .event = on_event,
    .death = on_death,
    .unexported = on_unexported,
    .bye = on_bye,
    .lost = on_lost,
    .accept_stream = on_accept_stream,
    .resumed = on_resumed,
    .now = now,
    .coarse_now = coarse_now,
};

static void end_init(struct end *end, enum peer_role role, const struct peer_limits *limits,
                     bool resumes)
{
    memset(end, 0, sizeof *end);
    end->resumes = resumes;
    end->name = role == PEER_CLIENT ? "client" : "gateway";
    end->welcomes = role == PEER_GATEWAY;
    struct peer_config config = {.role = role, .resumes = resumes};
    if (limits != NULL)
        config.limits = *limits;
    assert_int_equal(peer_create(&end->peer, &config, &ops, end), VIA_OK);
}

struct peer *end_another_peer(struct end *end)
{
    struct peer *peer;
    const struct peer_config config = {.role = end->welcomes ? PEER_GATEWAY : PEER_CLIENT,
                                       .resumes = end->resumes};
    assert_int_equal(peer_create(&peer, &config, &ops, end), VIA_OK);
    return peer;
}

void end_deinit(struct end *end)
{
    for (size_t i = 0; i < end->n_fds; i++) {
        if (end->fds[i] >= 0)
            (void)close(end->fds[i]);
    }
    end->peer = peer_destroy(end->peer);
}

static void greet(struct end *client)
{
    const struct hello hello = {.name = "client"};
    assert_int_equal(peer_hello(client->peer, &hello), VIA_OK);
}

void end_init_ready(struct end *end, enum peer_role role, const struct peer_limits *limits)
{
    end_init(end, role, limits, false);
    if (role == PEER_CLIENT)
        greet(end);
    const struct frame hello = {.kind = role == PEER_CLIENT ? FRAME_WELCOME : FRAME_HELLO,
                                .code = HELLO_VERSION};
    assert_int_equal(feed_frame(end, &hello), VIA_OK);
    (void)take_log(end);
    outbox_clear(peer_outbox(end->peer));
}

void pair_init(struct pair *pair, const struct peer_limits *client_limits,
               const struct peer_limits *gateway_limits)
{
    end_init(&pair->client, PEER_CLIENT, client_limits, false);
    end_init(&pair->gateway, PEER_GATEWAY, gateway_limits, false);
}

/* They greet each other; their logs are empty then. */
static void introduce(struct pair *pair)
{
    greet(&pair->client);
    settle(pair);
    assert_true(peer_is_ready(pair->client.peer));
    assert_true(peer_is_ready(pair->gateway.peer));
    (void)take_log(&pair->client);
    (void)take_log(&pair->gateway);
}

void pair_init_ready(struct pair *pair, const struct peer_limits *client_limits,
                     const struct peer_limits *gateway_limits)
{
    pair_init(pair, client_limits, gateway_limits);
    introduce(pair);
}

void pair_init_resuming(struct pair *pair, const struct peer_limits *limits)
{
    end_init(&pair->client, PEER_CLIENT, limits, true);
    end_init(&pair->gateway, PEER_GATEWAY, limits, true);
    introduce(pair);
}

static void greeted(void *user, const struct hello *hello)
{
    *(struct hello *)user = *hello;
}

void pair_break(struct pair *pair)
{
    peer_detach(pair->client.peer);
    peer_detach(pair->gateway.peer);
}

enum via_status pair_come_back(struct pair *pair)
{
    static const struct peer_ops greeter_ops = {.hello = greeted};
    static const struct peer_config config = {.role = PEER_GATEWAY, .resumes = true};
    struct hello hello = {.name = "client"};
    enum via_status status = peer_resume(pair->client.peer, &hello);
    if (status != VIA_OK)
        return status;
    struct end greeter = {.name = "greeter"};
    status = peer_create(&greeter.peer, &config, &greeter_ops, &hello);
    if (status != VIA_OK)
        return status;
    (void)carry(&pair->client, &greeter);
    greeter.peer = peer_destroy(greeter.peer);
    assert_true(hello.session == PAIR_SESSION);
    const struct hello welcome = {.name = "gateway", .epoch = 1};
    return peer_adopt(pair->gateway.peer, &hello, &welcome);
}

void pair_deinit(struct pair *pair)
{
    end_deinit(&pair->client);
    end_deinit(&pair->gateway);
}

/* All of them, or as many as the end has room for: the others are closed. */
static void carry_fds(struct end *to, const struct outbox_block *block)
{
    size_t n = block->n_fds;
    bool lost = to->is_full && to->n_room < n;
    if (lost)
        n = to->n_room;
    for (size_t i = n; i < block->n_fds; i++)
        (void)close(block->fds[i]);
    peer_feed_fds(to->peer, block->fds, n, lost);
}

bool carry(struct end *from, struct end *to)
{
    bool any = false;
    struct outbox *outbox = peer_outbox(from->peer);
    struct outbox_block *head;
    while ((head = outbox_head(outbox)) != NULL) {
        if (head->n_fds > 0)
            carry_fds(to, head);
        head->n_fds = 0;
        size_t size = head->size - head->done;
        uint8_t *octets = room_of(size);
        memcpy(octets, head->octets + head->done, size);
        size_t used = 0;
        enum via_status status = peer_feed(to->peer, octets, size, &used);
        if (status != VIA_OK)
            fail_msg("%s refused what %s sent: %s", to->name, from->name, peer_fault(to->peer));
        assert_int_equal(used, size);
        outbox_wrote(outbox, size);
        any = true;
    }
    return any;
}

bool is_outbox_empty(struct end *end)
{
    return outbox_size(peer_outbox(end->peer)) == 0;
}

void settle(struct pair *pair)
{
    bool any = true;
    while (any) {
        any = carry(&pair->client, &pair->gateway);
        any = carry(&pair->gateway, &pair->client) || any;
    }
}

enum via_status feed_frame(struct end *end, const struct frame *frame)
{
    size_t size = frame_size(frame);
    uint8_t *octets = room_of(size);
    frame_encode(frame, octets);
    size_t used = 0;
    enum via_status status = peer_feed(end->peer, octets, size, &used);
    if (status == VIA_OK)
        assert_int_equal(used, size);
    return status;
}

struct frame take_frame(struct end *end)
{
    static uint8_t octets[1u << 16];
    struct outbox_block *head = outbox_head(peer_outbox(end->peer));
    assert_non_null(head);
    struct frame frame;
    size_t used = 0;
    assert_int_equal(
        frame_decode(head->octets + head->done, head->size - head->done, SIZE_MAX, &frame, &used),
        VIA_OK);
    assert_true(used > 0 && used <= sizeof octets);
    memcpy(octets, head->octets + head->done, used);
    assert_int_equal(frame_decode(octets, used, SIZE_MAX, &frame, &used), VIA_OK);
    outbox_wrote(peer_outbox(end->peer), used);
    return frame;
}

const char *take_log(struct end *end)
{
    end->log[end->log_size] = '\0';
    end->log_size = 0;
    return end->log;
}

struct frame make_frame(uint32_t object, uint32_t code, const char *text)
{
    return (struct frame){.object = object,
                          .code = code,
                          .time = 0,
                          .body = (const uint8_t *)text,
                          .body_size = text == NULL ? 0 : (uint32_t)strlen(text)};
}

void add_ref(struct frame *frame, uint8_t *entries, uint32_t handle, uint16_t flags)
{
    const struct frame_ref ref = {.offset = frame->n_refs, .handle = handle, .flags = flags};
    frame_ref_put(entries, frame->n_refs, &ref);
    frame->refs = entries;
    frame->n_refs++;
}

uint32_t give(struct end *end, struct thing *thing)
{
    struct our_handle handle;
    bool is_new;
    assert_int_equal(peer_export(end->peer, thing, &handle, &is_new), VIA_OK);
    return handle.number;
}

uint32_t pair_init_given(struct pair *pair, struct thing *thing, int n)
{
    pair_init_ready(pair, NULL, NULL);
    pair->gateway.keeps = true;
    uint32_t handle = 0;
    for (int i = 0; i < n; i++) {
        uint8_t refs[FRAME_REF_SIZE];
        struct frame call = make_frame(0, 7, "x");
        handle = give(&pair->client, thing);
        add_ref(&call, refs, handle, 0);
        uint32_t id;
        assert_int_equal(peer_oneway(pair->client.peer, &call, NULL, NULL, &id), VIA_OK);
    }
    settle(pair);
    (void)take_log(&pair->gateway);
    return handle;
}

void expect_fault(struct end *end, const struct frame *frame, enum via_status status,
                  const char *words)
{
    assert_int_equal(feed_frame(end, frame), status);
    if (strstr(peer_fault(end->peer), words) == NULL)
        fail_msg("'%s' does not say '%s'", peer_fault(end->peer), words);
    struct frame bye = {.kind = 0};
    while (!is_outbox_empty(end))
        bye = take_frame(end);
    assert_int_equal(bye.kind, FRAME_BYE);
    assert_int_equal(bye.code, FRAME_BYE_EVICTED);
    assert_int_equal(bye.body_size, strlen(peer_fault(end->peer)));
    assert_memory_equal(bye.body, peer_fault(end->peer), bye.body_size);
    /* nothing more is taken, and nothing more is sent */
    assert_int_equal(feed_frame(end, frame), status);
    const struct frame call = make_frame(0, 1, NULL);
    uint32_t id;
    assert_int_equal(peer_call(end->peer, &call, NULL, NULL, 1, &id), VIA_DEAD);
    assert_false(peer_is_ready(end->peer));
    assert_true(is_outbox_empty(end));
}

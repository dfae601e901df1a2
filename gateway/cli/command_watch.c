/*
 * viaduct watch: a service's events as they come, one a line, until enough have come, the service
 * dies, or the user has seen enough. Lines are printed by the thread that delivers; the main thread
 * waits for the end. What becomes of the link is said on standard error.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_write.h"
#include "gateway/cli/fault.h"
#include "gateway/cli/service.h"
#include "gateway/cli/values.h"

#define SINCE_SIZE 48u /* two numbers of 64 bits and a colon */

struct watch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const struct cli *cli; /* borrowed */
    uint64_t n_seen;
    bool ended;
    enum via_cause cause; /* when ended by the service's death */
    enum via_status status;
};

static void end_locked(struct watch *watch)
{
    watch->ended = true;
    pthread_cond_signal(&watch->changed);
}

/* Where to go on from after it; none for what was meant for us alone, which is not kept. */
static void write_since(char out[SINCE_SIZE], const struct via_event *event, const char *none)
{
    if (event->number == 0)
        (void)snprintf(out, SINCE_SIZE, "%s", none);
    else
        (void)snprintf(out, SINCE_SIZE, "%" PRIx64 ":%" PRIu64, event->epoch, event->number);
}

static enum via_status print_event(const struct watch *watch, const struct via_event *event)
{
    struct buffer out;
    char since[SINCE_SIZE];
    buffer_init(&out, SIZE_MAX);
    if (watch->cli->json) {
        char head[160];
        write_since(since, event, "");
        int n = snprintf(head, sizeof head, "{%s%s%s\"event\":%u,\"lost\":%" PRIu64 ",\"data\":",
                         since[0] == '\0' ? "" : "\"since\":\"", since,
                         since[0] == '\0' ? "" : "\",", event->id, event->lost);
        buffer_add(&out, head, (size_t)n);
    }
    enum via_status status = values_write(&out, event->data, NULL);
    if (watch->cli->json)
        json_write_text(&out, "}");
    if (status == VIA_OK)
        status = out.status;
    if (status == VIA_OK && !watch->cli->json) {
        if (event->lost != 0)
            printf("(%" PRIu64 " events lost)\n", event->lost);
        write_since(since, event, "-");
        printf("%s %u ", since, event->id);
    }
    if (status == VIA_OK)
        printf("%.*s\n", (int)out.size, (const char *)out.data);
    buffer_deinit(&out);
    if (status == VIA_OK && (fflush(stdout) != 0 || ferror(stdout)))
        status = VIA_IO; /* whoever read our output has gone */
    return status;
}

static void on_event(void *user, const struct via_event *event)
{
    struct watch *watch = user;
    pthread_mutex_lock(&watch->lock);
    if (!watch->ended) {
        watch->status = print_event(watch, event);
        watch->n_seen++;
        if (watch->status != VIA_OK || watch->n_seen == watch->cli->count)
            end_locked(watch);
    }
    pthread_mutex_unlock(&watch->lock);
}

/* What a service says to who opened it: an event for us alone. */
static void on_told(void *user, struct via_call *call)
{
    const struct via_event event = {.id = via_call_code(call), .data = via_call_request(call)};
    if (via_call_is_oneway(call))
        on_event(user, &event);
}

static void say_resubscribed(const struct cli *cli, bool recovered)
{
    if (cli->json)
        fprintf(stderr, "{\"subscription\":\"resubscribed\",\"recovered\":%s}\n",
                recovered ? "true" : "false");
    else if (recovered)
        fputs("viaduct: watching again; no event was missed\n", stderr);
    else
        fputs("viaduct: watching again; events may have been missed, nobody knows how many\n",
              stderr);
}

static void on_resubscribed(void *user, bool recovered)
{
    struct watch *watch = user;
    pthread_mutex_lock(&watch->lock);
    if (!watch->ended)
        say_resubscribed(watch->cli, recovered);
    pthread_mutex_unlock(&watch->lock);
}

static void say_link_json(const struct via_link_change *change)
{
    static const char *const names[] = {[VIA_LINK_BROKEN] = "broken",
                                        [VIA_LINK_RESUMED] = "resumed",
                                        [VIA_LINK_ENDED] = "ended",
                                        [VIA_LINK_RESTORED] = "restored"};
    const char *name = names[change->state];
    struct buffer out;
    buffer_init(&out, SIZE_MAX);
    json_write_text(&out, "{\"link\":");
    json_write_string(&out, name, strlen(name));
    json_write_text(&out, ",\"recovered\":");
    json_write_bool(&out, change->recovered);
    json_write_text(&out, ",\"words\":");
    json_write_string(&out, change->words, strlen(change->words));
    json_write_text(&out, "}\n");
    if (out.status == VIA_OK)
        (void)fwrite(out.data, 1, out.size, stderr);
    buffer_deinit(&out);
}

void command_watch_link(void *user, const struct via_link_change *change)
{
    const struct cli *cli = user;
    if (cli->json) {
        say_link_json(change);
        return;
    }
    switch (change->state) {
    case VIA_LINK_BROKEN:
        fprintf(stderr, "viaduct: the link is lost (%s); trying to go on\n", change->words);
        break;
    case VIA_LINK_RESUMED:
        fputs("viaduct: the link is back, and nothing was lost\n", stderr);
        break;
    case VIA_LINK_ENDED:
        fprintf(stderr, "viaduct: the session is over (%s); waiting for a gateway\n",
                change->words);
        break;
    case VIA_LINK_RESTORED:
        fputs("viaduct: the gateway is there; waiting for the service\n", stderr);
        break;
    }
}

static void on_end(void *user, enum via_cause cause)
{
    struct watch *watch = user;
    pthread_mutex_lock(&watch->lock);
    if (!watch->ended) {
        watch->cause = cause;
        end_locked(watch);
    }
    pthread_mutex_unlock(&watch->lock);
}

/* latest, now, or EPOCH:NUMBER as printed before each event. */
static bool read_from(const char *text, struct via_subscribe_options *options)
{
    if (text == NULL || strcmp(text, "now") == 0)
        options->from = VIA_FROM_NOW;
    else if (strcmp(text, "latest") == 0)
        options->from = VIA_FROM_LATEST;
    else {
        char *end = NULL;
        options->from = VIA_FROM_SINCE;
        errno = 0;
        options->epoch = strtoull(text, &end, 16);
        if (end == text || *end != ':' || end[1] < '0' || end[1] > '9')
            return false;
        options->number = strtoull(end + 1, &end, 10);
        return *end == '\0' && errno == 0;
    }
    return true;
}

enum cli_exit command_watch(struct cli *cli)
{
    const struct event_filter *wanted = &cli->filter;
    const struct via_event_filter filter = {.size = sizeof filter,
                                            .ids = wanted->ids,
                                            .n_ids = wanted->n_ids,
                                            .every_ms = wanted->every_ms,
                                            .age_ms = wanted->age_ms,
                                            .value = wanted->value,
                                            .by_change = wanted->by_change,
                                            .change = wanted->change,
                                            .has_low = wanted->has_low,
                                            .has_high = wanted->has_high,
                                            .low = wanted->low,
                                            .high = wanted->high};
    struct via_subscribe_options options = {.size = sizeof options,
                                            .ended = on_end,
                                            .resubscribed = on_resubscribed,
                                            .filter = &filter,
                                            .policy = (enum via_policy)wanted->policy};
    /* A oneway may come to the back reference until the node goes, which is after this. */
    static struct watch watch = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .status = VIA_OK};
    const struct via_stub_ops ops = {.size = sizeof ops, .call = on_told};
    struct via_stub *back = NULL;
    watch.cli = cli;
    if (cli->n_words != 1)
        return fault_usage(cli, "takes one SERVICE");
    if (!read_from(cli->from, &options))
        return fault_usage(cli,
                           "--from is latest, now, or EPOCH:NUMBER as printed before an event");

    enum via_status status = via_stub_create(cli->node, &ops, &watch, &back);
    if (status != VIA_OK)
        return fault_report(cli, "watching", status, NULL);
    struct service service;
    enum cli_exit exit = service_find(cli, cli->words[0], back, &service);
    if (exit != CLI_OK) {
        via_stub_unref(back);
        return exit;
    }
    char doing[sizeof service.label + 16];
    (void)snprintf(doing, sizeof doing, "watching %s", service.label);
    struct via_subscription *subscription = NULL;
    status = via_proxy_subscribe(service.proxy, &options, on_event, &watch, &subscription);
    if (status == VIA_OK) {
        pthread_mutex_lock(&watch.lock);
        while (!watch.ended)
            pthread_cond_wait(&watch.changed, &watch.lock);
        pthread_mutex_unlock(&watch.lock);
        via_subscription_close(subscription);
        status = watch.cause == VIA_ALIVE ? watch.status : VIA_DEAD;
    }
    if (status != VIA_OK)
        exit = fault_report(cli, doing, status, service.proxy);
    service_close(&service);
    via_stub_unref(back);
    return exit;
}

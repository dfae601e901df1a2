/*
 * What pods are told comes to all who subscribe to the broker: those are taken that are for one of
 * ours. Nothing is behind them that could fail, so they are confirmed at once.
 *
 * A step is over when all listeners have answered what they were told in it: none is told too much
 * at one time, and what they ask of the broker meanwhile is asked in that field.
 */
#include "gateway/cli/pod_provider.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codecs/json_write.h"
#include "gateway/cli/fault.h"
#include "gateway/event_broker/pod.h"

/* ---- what they are told ---- */

static bool is_ours(struct pod_provider *provider, uint32_t number, uint32_t *podp)
{
    bool is_there = false;
    (void)pthread_mutex_lock(&provider->lock);
    for (uint32_t pod = 1; pod <= PORTFOLIO_POD_NUMBER_MAX && !is_there; pod++)
        if (provider->numbers[pod] == number) {
            is_there = true;
            *podp = pod;
        }
    (void)pthread_mutex_unlock(&provider->lock);
    return is_there;
}

/* {"event":"command","pod":1,"octets":[5,0,4]} */
static void print_output(const struct portfolio_pod_output *output, uint32_t pod)
{
    struct buffer out;
    const uint8_t *octets = output->octets;
    buffer_init(&out, SIZE_MAX);
    if (output->kind == PORTFOLIO_POD_RAW)
        json_write_text(&out, "{\"event\":\"raw\",\"pod\":");
    else
        json_write_text(&out, "{\"event\":\"command\",\"pod\":");
    json_write_u64(&out, pod);
    json_write_text(&out, ",\"octets\":[");
    for (size_t i = 0; i < output->size; i++) {
        if (i > 0)
            json_write_text(&out, ",");
        json_write_u64(&out, octets[i]);
    }
    json_write_text(&out, "]}\n");
    if (out.status == VIA_OK)
        (void)fwrite(out.data, 1, out.size, stdout);
    (void)fflush(stdout);
    buffer_deinit(&out);
}

static void take_output(void *user, const struct via_event *event)
{
    struct pod_provider *provider = user;
    struct portfolio_pod_output output;
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    uint32_t pod = 0;
    int32_t result;
    if (event->id != PORTFOLIO_POD_OUTPUT || event->data == NULL ||
        portfolio_pod_get_output(via_parcel_data(event->data), via_parcel_size(event->data),
                                 &output, NULL) != VIA_OK ||
        !is_ours(provider, output.number, &pod))
        return;
    if (provider->prints)
        print_output(&output, pod);
    if (output.id == 0)
        return;
    const struct portfolio_pod_done done = {.number = output.number, .id = output.id};
    const size_t size = portfolio_pod_put_done(&done, octets);
    if (pod_broker_tell(&provider->broker, PORTFOLIO_POD_DONE, octets, size, &result) != VIA_OK)
        return; /* the next state says that the broker is gone */
}

/* ---- the broker's death ---- */

static enum cli_exit report_death(const struct pod_provider *provider)
{
    return pod_broker_fail(&provider->broker, "being a pod", VIA_DEAD, 0);
}

/* Whoever waits for a line or for the clock cannot be woken, and has nothing to lose. */
static void broker_died(void *user, enum via_cause cause)
{
    struct pod_provider *provider = user;
    (void)cause;
    (void)pthread_mutex_lock(&provider->lock);
    provider->is_dead = true;
    if (provider->is_waiting)
        _exit((int)report_death(provider));
    (void)pthread_mutex_unlock(&provider->lock);
}

enum cli_exit pod_provider_begin_wait(struct pod_provider *provider)
{
    (void)pthread_mutex_lock(&provider->lock);
    const bool is_dead = provider->is_dead;
    provider->is_waiting = !is_dead;
    (void)pthread_mutex_unlock(&provider->lock);
    return is_dead ? report_death(provider) : CLI_OK;
}

void pod_provider_end_wait(struct pod_provider *provider)
{
    (void)pthread_mutex_lock(&provider->lock);
    provider->is_waiting = false;
    (void)pthread_mutex_unlock(&provider->lock);
}

/* ---- life ---- */

enum cli_exit pod_provider_open(struct pod_provider *provider, struct cli *cli, bool prints)
{
    const struct via_subscribe_options options = {.size = sizeof options};
    memset(provider, 0, sizeof *provider);
    provider->prints = prints;
    enum cli_exit result = pod_broker_find(cli, &provider->broker);
    if (result != CLI_OK)
        return result;
    (void)pthread_mutex_init(&provider->lock, NULL);
    enum via_status status = via_proxy_subscribe(provider->broker.proxy, &options, take_output,
                                                 provider, &provider->subscription);
    if (status == VIA_OK)
        status = via_proxy_watch(provider->broker.proxy, broker_died, provider, &provider->watch);
    if (status == VIA_OK)
        return CLI_OK;
    result = pod_broker_fail(&provider->broker, "listening to the event broker", status, 0);
    return pod_provider_close(provider, result);
}

static enum cli_exit tell(struct pod_provider *provider, uint32_t code, const uint8_t *octets,
                          size_t size, const char *doing, int32_t *resultp)
{
    enum via_status status = pod_broker_tell(&provider->broker, code, octets, size, resultp);
    return status == VIA_OK && *resultp >= 0
               ? CLI_OK
               : pod_broker_fail(&provider->broker, doing, status, *resultp);
}

static void set_number(struct pod_provider *provider, uint32_t pod, uint32_t number)
{
    (void)pthread_mutex_lock(&provider->lock);
    provider->numbers[pod] = number;
    (void)pthread_mutex_unlock(&provider->lock);
}

static enum cli_exit detach(struct pod_provider *provider, uint32_t pod)
{
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    int32_t result = 0;
    const size_t size = portfolio_pod_put_number(provider->numbers[pod], octets);
    set_number(provider, pod, 0);
    return tell(provider, PORTFOLIO_POD_DETACH, octets, size, "detaching a pod", &result);
}

enum cli_exit pod_provider_close(struct pod_provider *provider, enum cli_exit result)
{
    bool is_any = false;
    for (uint32_t pod = 1; result == CLI_OK && pod <= PORTFOLIO_POD_NUMBER_MAX; pod++)
        if (provider->numbers[pod] != 0) {
            result = detach(provider, pod);
            is_any = true;
        }
    if (result == CLI_OK && is_any && provider->broker.cli->step) /* what waits goes before it */
        result = pod_provider_step(provider, POD_WAITING_MAX + 1);
    provider->subscription = via_subscription_close(provider->subscription);
    if (provider->watch != 0)
        (void)via_proxy_unwatch(provider->broker.proxy, provider->watch);
    provider->broker.cli->node = via_node_destroy(provider->broker.cli->node); /* nothing is told */
    (void)pthread_mutex_destroy(&provider->lock);
    pod_broker_close(&provider->broker);
    return result;
}

/* ---- what they say ---- */

static enum cli_exit attach_pod(struct pod_provider *provider, uint32_t pod,
                                const struct pod_recorded *recorded, const char *name)
{
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    int32_t number = 0;
    if (name == NULL)
        name = recorded->name;
    const struct portfolio_pod_attach attach = {
        .type = recorded->type,
        .flags = recorded->flags,
        .name = name[0] == '\0' ? NULL : name,
    };
    const size_t size = portfolio_pod_put_attach(&attach, octets);
    if (size == 0) {
        fprintf(stderr, "viaduct pod: '%s' is no name for a pod\n", name);
        return CLI_USAGE;
    }
    enum cli_exit result =
        tell(provider, PORTFOLIO_POD_ATTACH, octets, size, "attaching a pod", &number);
    if (result == CLI_OK)
        set_number(provider, pod, (uint32_t)number);
    return result;
}

static enum cli_exit say(struct pod_provider *provider, const struct pod_entry *entry)
{
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    int32_t result = 0;
    struct portfolio_pod_states states = {.number = provider->numbers[entry->pod]};
    for (uint32_t class = 0; class < PORTFOLIO_CLASSES; class ++)
        if (entry->classes & 1u << class)
            states.states[states.n++] =
                (struct portfolio_pod_state){class, entry->recorded->data[class]};
    const size_t size = portfolio_pod_put_states(&states, octets);
    return tell(provider, PORTFOLIO_POD_STATE, octets, size, "saying a pod's state", &result);
}

enum cli_exit pod_provider_do(struct pod_provider *provider, const struct pod_entry *entry,
                              const char *name)
{
    switch (entry->kind) {
    case POD_ENTRY_ATTACH:
        return attach_pod(provider, entry->pod, entry->recorded, name);
    case POD_ENTRY_DETACH:
        return detach(provider, entry->pod);
    case POD_ENTRY_STATE:
        break;
    }
    enum cli_exit result = CLI_OK;
    if (provider->numbers[entry->pod] == 0)
        result = attach_pod(provider, entry->pod, entry->recorded, name);
    return result == CLI_OK ? say(provider, entry) : result;
}

static enum cli_exit tell_number(struct pod_provider *provider, uint32_t code, uint32_t number,
                                 const char *doing)
{
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    int32_t result = 0;
    return tell(provider, code, octets, portfolio_pod_put_number(number, octets), doing, &result);
}

enum cli_exit pod_provider_step(struct pod_provider *provider, uint64_t n)
{
    enum cli_exit result = CLI_OK;
    for (; result == CLI_OK && n > 0; n--) {
        result = tell_number(provider, PORTFOLIO_STEP, 1,
                             "a step of the event broker, which is to be started with --step");
        if (result == CLI_OK)
            result = tell_number(provider, PORTFOLIO_SETTLE, 0,
                                 "waiting for the event broker's listeners");
    }
    return result;
}

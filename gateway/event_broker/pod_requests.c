/*
 * A request is checked for its shape, then for its pod, then for the lock, then for what it asks of
 * the pod.
 */
#include "gateway/event_broker/pod_requests.h"

#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_pod.h"
#include "gateway/event_broker/broker_error.h"
#include "gateway/event_broker/held.h"
#include "gateway/event_broker/locks.h"

#define DATA_AT offsetof(PodData, pd_Data)
#define COMMAND_SIZE 2u /* class and subcommand */
#define COMMAND_ARGUMENTS_MAX 2u

/* What a PodData says. */
struct pod_data {
    int32_t number, wait_flag, count;
};

static void read_pod_data(const struct broker_request *request, struct pod_data *data)
{
    data->number = (int32_t)octets_get_u32(request->data + offsetof(PodData, pd_PodNumber));
    data->wait_flag = (int32_t)octets_get_u32(request->data + offsetof(PodData, pd_WaitFlag));
    data->count = (int32_t)octets_get_u32(request->data + offsetof(PodData, pd_DataByteCount));
}

static void reply(struct broker *broker, void *handle, int32_t result)
{
    broker->ops->reply(broker->user, handle, &(struct broker_answer){.result = result});
}

/* With a PodData that has @octets, whose size the buffer has room for. */
static void reply_data(struct broker *broker, const struct held *to, const uint8_t *octets,
                       size_t size)
{
    uint8_t *out = broker->octets;
    octets_put_u32(out, to->flavor + 1);
    octets_put_u32(out + offsetof(PodData, pd_PodNumber), to->pod);
    octets_put_u32(out + offsetof(PodData, pd_WaitFlag), (uint32_t)to->wait_flag);
    octets_put_u32(out + offsetof(PodData, pd_DataByteCount), (uint32_t)size);
    (void)octets_append(out + DATA_AT, octets, size);
    broker->ops->reply(broker->user, to->handle,
                       &(struct broker_answer){.data = out, .size = DATA_AT + size});
}

static struct held held_of(const struct broker_request *request, const struct pod *pod,
                           enum held_for why, int32_t wait_flag)
{
    return (struct held){
        .why = why,
        .handle = request->handle,
        .port = request->sender.port,
        .client = request->sender.client,
        .pod = pod->number,
        .flavor = octets_get_u32(request->data),
        .capacity = request->capacity,
        .wait_flag = wait_flag,
    };
}

/* ---- what is for the pod ---- */

static void put_out(struct broker *broker, const struct broker_request *request,
                    const struct pod *pod, const struct pod_data *data, bool is_raw,
                    const uint8_t *octets, size_t size)
{
    struct held held = held_of(request, pod, HELD_FOR_OUTPUT, data->wait_flag);
    if (data->wait_flag != 0) {
        broker->n_outputs += broker->n_outputs == UINT32_MAX ? 2 : 1; /* never 0 */
        held.id = broker->n_outputs;
        if (!held_add(broker, &held)) {
            reply(broker, request->handle, BROKER_ERROR(ER_NoMem));
            return;
        }
    }
    const bool is_taken = broker->ops->output(broker->user, pod->provider, pod->number, is_raw,
                                              held.id, octets, size);
    if (!is_taken && held.id != 0)
        pod_requests_confirm(broker, pod, held.id, BROKER_ERROR(ER_NotSupported), NULL, 0);
    else if (held.id == 0)
        reply(broker, request->handle, is_taken ? 0 : BROKER_ERROR(ER_NotSupported));
}

/* 0, or why there is no output to that pod for this port. */
static int32_t check_output(const struct broker *broker, const struct broker_request *request,
                            const struct pod_data *data, int32_t least)
{
    if (data->count < least || (size_t)data->count > request->size - DATA_AT)
        return BROKER_ERROR(ER_ParamError);
    const struct pod *pod = pods_find(&broker->pods, data->number);
    if (pod == NULL)
        return BROKER_ERROR(ER_BadUnit);
    return pod->lock == 0 || pod->lock == request->sender.port ? 0 : BROKER_ERROR(ER_NotOwner);
}

void pod_requests_issue(struct broker *broker, const struct broker_request *request)
{
    struct pod_data data;
    read_pod_data(request, &data);
    const int32_t error = check_output(broker, request, &data, COMMAND_SIZE);
    if (error != 0) {
        reply(broker, request->handle, error);
        return;
    }
    const struct pod *pod = pods_find(&broker->pods, data.number);
    const uint8_t *given = request->data + DATA_AT;
    const struct pod_command *command = pod_command_of(given[0], given[1]);
    if (command == NULL || !pod_is_of(pod, command->generic)) {
        reply(broker, request->handle, BROKER_ERROR(ER_NotSupported));
        return;
    }
    size_t n = (size_t)data.count - COMMAND_SIZE;
    if (n < command->n_least) {
        reply(broker, request->handle, BROKER_ERROR(ER_ParamError));
        return;
    }
    uint8_t octets[COMMAND_SIZE + COMMAND_ARGUMENTS_MAX] = {given[0], given[1]};
    n = n < command->n_given ? n : command->n_given;
    memcpy(octets + COMMAND_SIZE + command->n_given - n, given + COMMAND_SIZE, n);
    put_out(broker, request, pod, &data, false, octets, COMMAND_SIZE + command->n_given);
}

void pod_requests_write(struct broker *broker, const struct broker_request *request)
{
    struct pod_data data;
    read_pod_data(request, &data);
    int32_t error = check_output(broker, request, &data, 0);
    const struct pod *pod = pods_find(&broker->pods, data.number);
    if (error == 0 && !pod->has_raw)
        error = BROKER_ERROR(ER_NotSupported);
    if (error != 0)
        reply(broker, request->handle, error);
    else
        put_out(broker, request, pod, &data, true, request->data + DATA_AT, (size_t)data.count);
}

static bool is_output(const struct held *held, const void *with)
{
    const struct held *sought = with;
    return held->why == HELD_FOR_OUTPUT && held->id == sought->id && held->pod == sought->pod;
}

void pod_requests_confirm(struct broker *broker, const struct pod *pod, uint32_t id, int32_t result,
                          const uint8_t *octets, size_t size)
{
    const struct held sought = {.id = id, .pod = pod->number};
    struct held *held = held_take(broker, is_output, &sought);
    if (held == NULL)
        return;
    const bool is_told = result == 0 && size > 0 && size <= PORTFOLIO_POD_RETURN_MAX &&
                         held->capacity >= DATA_AT + size;
    if (is_told)
        reply_data(broker, held, octets, size);
    else
        reply(broker, held->handle, result);
    free(held);
}

/* ---- its state ---- */

static void answer_read(struct broker *broker, const struct held *to, const struct pod *pod)
{
    uint8_t octets[POD_DATA_MAX];
    reply_data(broker, to, octets, pod_data(pod, pod_first_class(pod), POD_UPDATE, octets));
}

static int32_t check_read(const struct pod *pod, const struct broker_request *request)
{
    if (pod == NULL)
        return BROKER_ERROR(ER_BadUnit);
    const unsigned generic = pod_first_class(pod);
    const unsigned n = pod_class_words(generic);
    if (n == 0)
        return BROKER_ERROR(ER_NotSupported);
    if (event_is_key(pod_class_of(generic)->events[POD_PRESSED]) && !request->sender.may_keys)
        return BROKER_ERROR(ER_NotPrivileged);
    return request->capacity < DATA_AT + (size_t)POD_WORD * n ? BROKER_ERROR(ER_NoMem) : 0;
}

void pod_requests_read(struct broker *broker, const struct broker_request *request)
{
    struct pod_data data;
    read_pod_data(request, &data);
    const struct pod *pod = pods_find(&broker->pods, data.number);
    const int32_t error = check_read(pod, request);
    if (error != 0) {
        reply(broker, request->handle, error);
        return;
    }
    const struct held held = held_of(request, pod, HELD_FOR_FIELD, data.wait_flag);
    if (data.wait_flag == 0)
        answer_read(broker, &held, pod);
    else if (!held_add(broker, &held))
        reply(broker, request->handle, BROKER_ERROR(ER_NoMem));
}

static bool is_for_field(const struct held *held, const void *with)
{
    (void)with;
    return held->why == HELD_FOR_FIELD;
}

void pod_requests_field(struct broker *broker)
{
    struct held *held;
    while ((held = held_take(broker, is_for_field, NULL)) != NULL) {
        answer_read(broker, held, pods_find(&broker->pods, held->pod)); /* it is there */
        free(held);
    }
}

/* ---- its lock ---- */

void pod_requests_lock(struct broker *broker, const struct broker_request *request)
{
    struct pod_data data;
    read_pod_data(request, &data);
    struct pod *pod = pods_find(&broker->pods, data.number);
    int32_t result = BROKER_ERROR(ER_BadUnit);
    if (pod == NULL || locks_lock(broker, pod, request, data.wait_flag != 0, &result))
        reply(broker, request->handle, result);
}

void pod_requests_unlock(struct broker *broker, const struct broker_request *request)
{
    struct pod_data data;
    read_pod_data(request, &data);
    struct pod *pod = pods_find(&broker->pods, data.number);
    reply(broker, request->handle,
          pod == NULL ? BROKER_ERROR(ER_BadUnit) : locks_unlock(broker, pod, request->sender.port));
}

/*
 * viaduct pod record: what pods say, as an observer is told it, one line for each change. Pods that
 * come and go are found by asking which there are, before the broker has its answer to what told
 * of it.
 *
 * Times are this process's clock's, or by steps those of the broker's fields, of which nobody knows
 * when they were.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codecs/octets.h"
#include "codecs/portfolio_events.h"
#include "codecs/portfolio_frames.h"
#include "gateway/cli/command_pod.h"
#include "gateway/cli/fault.h"
#include "gateway/cli/pod_listener.h"
#include "gateway/event_broker/pod_recording.h"
#include "include/portfolio/event.h"

#define FIELD_HZ 60u /* of steps */
#define SECOND_US 1000000u

struct recorder {
    struct cli *cli;
    const char *path; /* for messages */
    FILE *file;
    uint64_t n; /* lines */
    struct timespec begun;
    uint32_t first_field;
    bool has_field;
    uint64_t time_us; /* of what is being taken */
    struct pod_listener listener;
    struct pod_recorded *pods[PORTFOLIO_POD_NUMBER_MAX + 1]; /* owned, by the broker's number */
    uint32_t numbers[PORTFOLIO_POD_NUMBER_MAX + 1];          /* in the recording, likewise */
};

/* ---- lines ---- */

static bool is_enough(const struct recorder *recorder)
{
    return recorder->cli->count != 0 && recorder->n >= recorder->cli->count;
}

static enum cli_exit write_line(struct recorder *recorder, enum pod_entry_kind kind, uint32_t pod,
                                uint32_t classes)
{
    const struct pod_entry entry = {.kind = kind,
                                    .has_time = true,
                                    .time_us = recorder->time_us,
                                    .pod = recorder->numbers[pod],
                                    .classes = classes,
                                    .recorded = recorder->pods[pod]};
    struct buffer out;
    if (is_enough(recorder))
        return CLI_OK;
    buffer_init(&out, SIZE_MAX);
    pod_entry_write(&out, &entry);
    bool is_written = out.status == VIA_OK &&
                      fwrite(out.data, 1, out.size, recorder->file) == out.size &&
                      fflush(recorder->file) == 0;
    buffer_deinit(&out);
    recorder->n++;
    if (is_written)
        return CLI_OK;
    fprintf(stderr, "viaduct pod: %s: %s\n", recorder->path, strerror(errno));
    return CLI_FAILED;
}

static enum cli_exit take_data(struct recorder *recorder, uint32_t pod, uint32_t class,
                               const uint8_t *data)
{
    struct pod_recorded *known = recorder->pods[pod];
    const struct portfolio_class *named = portfolio_class_of(class);
    if (memcmp(known->data[class], data, named->data->size) == 0)
        return CLI_OK;
    memcpy(known->data[class], data, named->data->size);
    return write_line(recorder, POD_ENTRY_STATE, pod, 1u << class);
}

/* ---- which pods there are ---- */

static enum cli_exit ask(struct recorder *recorder, const struct pod_request *request,
                         struct portfolio_answer *answer, struct via_parcel **replyp)
{
    enum via_status status = pod_broker_ask(&recorder->listener.broker, request, answer, replyp);
    return status == VIA_OK
               ? CLI_OK
               : pod_broker_fail(&recorder->listener.broker, "asking for pods", status, 0);
}

/* What it says now: of its first class, as it is asked for. */
static enum cli_exit ask_for_state(struct recorder *recorder, uint32_t pod)
{
    const PodDataHeader native = {.pd_Header = {EB_ReadPodData}, .pd_PodNumber = (int32)pod};
    uint8_t data[sizeof native];
    const uint32_t class = pod_first_said_class(recorder->pods[pod]->flags);
    const struct pod_request request = {.flavor = EB_ReadPodData,
                                        .data = data,
                                        .size = sizeof data,
                                        .capacity = sizeof native + POD_RECORDING_DATA_MAX};
    struct portfolio_answer answer;
    struct via_parcel *reply;
    if (class == PORTFOLIO_CLASSES)
        return CLI_OK;
    portfolio_write(&portfolio_pod_data, &native, data);
    enum cli_exit result = ask(recorder, &request, &answer, &reply);
    if (result != CLI_OK)
        return result;
    if (answer.result >= 0 && answer.size == sizeof native + portfolio_class_of(class)->data->size)
        result = take_data(recorder, pod, class, (const uint8_t *)answer.data + sizeof native);
    (void)via_parcel_unref(reply);
    return result;
}

/* The lowest that no pod has now: what they are called at a broker that has had others before makes
 * no difference. */
static uint32_t free_number(const struct recorder *recorder)
{
    bool is_taken[PORTFOLIO_POD_NUMBER_MAX + 2] = {false};
    uint32_t number = 1;
    for (uint32_t i = 1; i <= PORTFOLIO_POD_NUMBER_MAX; i++)
        if (recorder->pods[i] != NULL)
            is_taken[recorder->numbers[i]] = true;
    while (is_taken[number])
        number++;
    return number;
}

static enum cli_exit add_pod(struct recorder *recorder, const PodDescription *pod, bool is_first)
{
    struct pod_recorded *known = malloc(sizeof *known);
    if (known == NULL) {
        fprintf(stderr, "viaduct pod: %s\n", via_status_name(VIA_NO_MEMORY));
        return CLI_FAILED;
    }
    pod_recorded_init(known, pod->pod_Type, pod->pod_Flags, "");
    recorder->numbers[pod->pod_Number] = free_number(recorder);
    recorder->pods[pod->pod_Number] = known;
    const enum cli_exit result = write_line(recorder, POD_ENTRY_ATTACH, pod->pod_Number, 0);
    return result == CLI_OK && is_first ? ask_for_state(recorder, pod->pod_Number) : result;
}

static enum cli_exit remove_pod(struct recorder *recorder, uint32_t pod)
{
    const enum cli_exit result = write_line(recorder, POD_ENTRY_DETACH, pod, 0);
    free(recorder->pods[pod]);
    recorder->pods[pod] = NULL;
    return result;
}

static void read_pod(const uint8_t *data, uint32_t i, PodDescription *pod)
{
    portfolio_read(&portfolio_pod_description, data + portfolio_list_at(EB_DescribePodsReply, i),
                   pod);
}

/* Those that are gone, or are others now, and then those that have come, as they stand in the
 * chain. */
static enum cli_exit compare(struct recorder *recorder, const uint8_t *data, uint32_t n,
                             bool is_first)
{
    bool stays[PORTFOLIO_POD_NUMBER_MAX + 1] = {false};
    enum cli_exit result = CLI_OK;
    PodDescription pod;
    for (uint32_t i = 0; i < n; i++) {
        read_pod(data, i, &pod);
        const struct pod_recorded *known = recorder->pods[pod.pod_Number];
        stays[pod.pod_Number] =
            known != NULL && pod.pod_Type == known->type && pod.pod_Flags == known->flags;
    }
    for (uint32_t i = 0; result == CLI_OK && i <= PORTFOLIO_POD_NUMBER_MAX; i++)
        if (recorder->pods[i] != NULL && !stays[i])
            result = remove_pod(recorder, i);
    for (uint32_t i = 0; result == CLI_OK && i < n; i++) {
        read_pod(data, i, &pod);
        if (recorder->pods[pod.pod_Number] == NULL)
            result = add_pod(recorder, &pod, is_first);
    }
    return result;
}

static enum cli_exit find_pods(struct recorder *recorder, bool is_first)
{
    uint8_t header[sizeof(EventBrokerHeader)];
    const struct pod_request request = {
        .flavor = EB_DescribePods,
        .data = header,
        .size = sizeof header,
        .capacity = sizeof(PodDescriptionList) + PORTFOLIO_POD_NUMBER_MAX * sizeof(PodDescription)};
    struct portfolio_answer answer;
    struct via_parcel *reply;
    uint32_t n;
    octets_put_u32(header, EB_DescribePods);
    enum cli_exit result = ask(recorder, &request, &answer, &reply);
    if (result != CLI_OK)
        return result;
    if (answer.result < 0 || !portfolio_list_count(answer.data, answer.size, &n)) {
        fputs("viaduct pod: the event broker's list of pods cannot be read\n", stderr);
        result = CLI_FAILED;
    } else {
        result = compare(recorder, answer.data, n, is_first);
    }
    (void)via_parcel_unref(reply);
    return result;
}

/* ---- what the listener is told ---- */

static void set_time(struct recorder *recorder, const struct portfolio_frame *frame)
{
    struct timespec now;
    if (!recorder->has_field)
        recorder->first_field = frame->time;
    recorder->has_field = true;
    if (recorder->cli->step) {
        const uint64_t fields = frame->time - recorder->first_field;
        recorder->time_us = (fields * SECOND_US + FIELD_HZ / 2) / FIELD_HZ;
        return;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    recorder->time_us =
        (uint64_t)(((int64_t)now.tv_sec - recorder->begun.tv_sec) * (int64_t)SECOND_US +
                   (now.tv_nsec - recorder->begun.tv_nsec) / 1000);
}

static enum cli_exit take_frame(struct recorder *recorder, const struct portfolio_frame *frame)
{
    const struct portfolio_event *event = portfolio_event_of(frame->number);
    if (frame->number == EVENTNUM_ControlPortChange)
        return find_pods(recorder, false);
    if (frame->number == EVENTNUM_EventQueueOverflow) {
        fprintf(stderr, "viaduct pod: some of it is missing before t=%llu\n",
                (unsigned long long)recorder->time_us);
        return CLI_OK;
    }
    if (event == NULL || event->class < 0 || frame->submitter != 0 ||
        recorder->pods[frame->pod] == NULL || frame->size != event->data->size)
        return CLI_OK;
    return take_data(recorder, frame->pod, (uint32_t)event->class, frame->data);
}

static enum cli_exit take(struct recorder *recorder, const struct pod_telling *telling)
{
    size_t at = PORTFOLIO_FRAMES_AT;
    enum cli_exit result = CLI_OK;
    struct portfolio_frame frame;
    bool is_first = true;
    while (result == CLI_OK && portfolio_frames_next(telling->data, telling->size, &at, &frame)) {
        if (is_first)
            set_time(recorder, &frame);
        is_first = false;
        result = take_frame(recorder, &frame);
    }
    return result;
}

static enum cli_exit run(struct recorder *recorder)
{
    (void)clock_gettime(CLOCK_MONOTONIC, &recorder->begun);
    enum cli_exit result = find_pods(recorder, true);
    if (result == CLI_OK && recorder->file != stdout) {
        printf("viaduct pod: recording to %s\n", recorder->path);
        (void)fflush(stdout);
    }
    while (result == CLI_OK && !is_enough(recorder)) {
        struct pod_telling telling;
        if (pod_listener_take(&recorder->listener, &telling) != VIA_OK) {
            result = pod_broker_fail(&recorder->listener.broker, "recording", VIA_DEAD, 0);
            break;
        }
        result = take(recorder, &telling);
        pod_listener_answer(&telling);
    }
    for (uint32_t i = 0; i <= PORTFOLIO_POD_NUMBER_MAX; i++)
        free(recorder->pods[i]);
    return result;
}

/* The file, of which nothing is left then, is opened when there is something to record. */
enum cli_exit pod_record(struct cli *cli, char **words, int n_words)
{
    struct recorder recorder = {.cli = cli, .path = words[0]};
    (void)n_words;
    enum cli_exit result = pod_listener_open(&recorder.listener, cli);
    if (result != CLI_OK)
        return result;
    recorder.file = strcmp(words[0], "-") == 0 ? stdout : fopen(words[0], "we");
    if (recorder.file != NULL) {
        result = run(&recorder);
    } else {
        fprintf(stderr, "viaduct pod: %s: %s\n", words[0], strerror(errno));
        result = CLI_FAILED;
    }
    pod_listener_close(&recorder.listener);
    if (recorder.file != NULL && recorder.file != stdout)
        (void)fclose(recorder.file);
    return result;
}

/*
 * viaduct pod ls: the broker's pods, in the order of their chain, a line each.
 */
#include <string.h>

#include "codecs/json_write.h"
#include "codecs/octets.h"
#include "codecs/portfolio_classes.h"
#include "gateway/cli/command_pod.h"
#include "gateway/cli/pod_broker.h"
#include "include/portfolio/event.h"

#define PODS_MAX 255u

/* "ControlPad 1, AudioCtlr 1" */
static void print_classes(const PodDescription *pod)
{
    const char *comma = "";
    for (uint32_t class = 0; class < PORTFOLIO_CLASSES; class ++) {
        const struct portfolio_class *named = portfolio_class_of(class);
        if ((pod->pod_Flags & portfolio_class_flag(class)) == 0)
            continue;
        if (named != NULL)
            printf("%s%s %u", comma, named->name, pod->pod_GenericNumber[class]);
        else
            printf("%sclass %u %u", comma, class, pod->pod_GenericNumber[class]);
        comma = ", ";
    }
}

static void print_pod(const PodDescription *pod)
{
    const struct portfolio_pod_type *type = portfolio_pod_type_of(pod->pod_Type);
    char number[16];
    (void)snprintf(number, sizeof number, "type %#x", pod->pod_Type);
    printf("%3u %-18s ", pod->pod_Number, type == NULL ? number : type->name);
    print_classes(pod);
    if (pod->pod_LockHolder != 0)
        printf("; locked by %#x", (unsigned)pod->pod_LockHolder);
    putchar('\n');
}

static void write_pod(struct buffer *out, const PodDescription *pod)
{
    const struct portfolio_pod_type *type = portfolio_pod_type_of(pod->pod_Type);
    const char *comma = "";
    char number[16];
    json_write_text(out, "{\"number\":");
    json_write_u64(out, pod->pod_Number);
    json_write_text(out, ",\"position\":");
    json_write_u64(out, pod->pod_Position);
    json_write_text(out, ",\"type\":");
    json_write_u64(out, pod->pod_Type);
    if (type != NULL) {
        json_write_text(out, ",\"typeName\":");
        json_write_string(out, type->name, strlen(type->name));
    }
    json_write_text(out, ",\"flags\":");
    json_write_u64(out, pod->pod_Flags);
    json_write_text(out, ",\"generic\":{");
    for (uint32_t class = 0; class < PORTFOLIO_CLASSES; class ++) {
        const struct portfolio_class *named = portfolio_class_of(class);
        if ((pod->pod_Flags & portfolio_class_flag(class)) == 0)
            continue;
        buffer_add(out, comma, strlen(comma));
        (void)snprintf(number, sizeof number, "%u", (unsigned)class);
        const char *name = named == NULL ? number : named->name;
        json_write_string(out, name, strlen(name));
        json_write_text(out, ":");
        json_write_u64(out, pod->pod_GenericNumber[class]);
        comma = ",";
    }
    json_write_text(out, "},\"bitsIn\":");
    json_write_u64(out, pod->pod_BitsIn);
    json_write_text(out, ",\"bitsOut\":");
    json_write_u64(out, pod->pod_BitsOut);
    json_write_text(out, ",\"lockHolder\":");
    json_write_i64(out, pod->pod_LockHolder);
    json_write_text(out, "}");
}

static enum cli_exit print_all(const struct cli *cli, const uint8_t *data, size_t size)
{
    PodDescription pod;
    struct buffer out;
    uint32_t n;
    if (!portfolio_list_count(data, size, &n)) {
        fputs("viaduct pod: the event broker's list of pods cannot be read\n", stderr);
        return CLI_FAILED;
    }
    buffer_init(&out, SIZE_MAX);
    json_write_text(&out, "[");
    for (uint32_t i = 0; i < n; i++) {
        const size_t at = portfolio_list_at(octets_get_u32(data), i);
        portfolio_read(&portfolio_pod_description, data + at, &pod);
        if (i > 0)
            json_write_text(&out, ",");
        if (cli->json)
            write_pod(&out, &pod);
        else
            print_pod(&pod);
    }
    json_write_text(&out, "]\n");
    const bool is_whole = out.status == VIA_OK;
    if (cli->json && is_whole)
        (void)fwrite(out.data, 1, out.size, stdout);
    buffer_deinit(&out);
    return is_whole ? CLI_OK : CLI_FAILED;
}

enum cli_exit pod_ls(struct cli *cli, char **words, int n_words)
{
    uint8_t header[sizeof(EventBrokerHeader)];
    const struct pod_request request = {
        .flavor = EB_DescribePods,
        .data = header,
        .size = sizeof header,
        .capacity = offsetof(PodDescriptionList, pdl_Pod) + PODS_MAX * sizeof(PodDescription),
    };
    struct portfolio_answer answer;
    struct pod_broker broker;
    struct via_parcel *reply;
    (void)words;
    (void)n_words;
    octets_put_u32(header, EB_DescribePods);
    enum cli_exit result = pod_broker_find(cli, &broker);
    if (result != CLI_OK)
        return result;
    enum via_status status = pod_broker_ask(&broker, &request, &answer, &reply);
    if (status != VIA_OK || answer.result < 0)
        result =
            pod_broker_fail(&broker, "listing pods", status, status == VIA_OK ? answer.result : 0);
    else
        result = print_all(cli, answer.data, answer.size);
    if (status == VIA_OK)
        (void)via_parcel_unref(reply);
    pod_broker_close(&broker);
    return result;
}

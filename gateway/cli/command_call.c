/*
 * viaduct call, viaduct send: one request to a service, its values as JSON.
 */
#include <stdio.h>
#include <string.h>

#include "codecs/hdf_status.h"
#include "codecs/json_write.h"
#include "gateway/cli/fault.h"
#include "gateway/cli/service.h"
#include "gateway/cli/values.h"

struct request {
    struct service service; /* its proxy is owned */
    uint32_t code;
    struct values values; /* its parcel is owned */
};

static void request_deinit(struct request *request)
{
    via_parcel_unref(request->values.parcel);
    service_close(&request->service);
}

/* SERVICE CODE [JSON]. */
static enum cli_exit request_init(struct cli *cli, struct request *request, bool is_oneway)
{
    struct values_target target = {.is_oneway = is_oneway};
    if (cli->n_words < 2 || cli->n_words > 3)
        return fault_usage(cli, "takes SERVICE CODE [JSON], such as: clock 1");
    if (!values_code(cli->words[1], &target))
        return fault_usage(cli,
                           "CODE is a number from 0 to 4294967295 (0x... for hexadecimal), or "
                           "in families phoenix and portfolio a name of theirs, such as mtRead");
    enum cli_exit result = service_find(cli, cli->words[0], NULL, &request->service);
    if (result != CLI_OK)
        return result;
    request->code = target.code;
    target.family = request->service.family;
    target.info = request->service.info;
    result = values_read(cli, &target, cli->n_words == 3 ? cli->words[2] : NULL, &request->values);
    if (result != CLI_OK)
        service_close(&request->service);
    return result;
}

/* Families whose results have names. */
static const struct {
    const char *family;
    const char *(*name)(int32_t result);
} results[] = {{"hdf", hdf_status_name}};

static void print_result(const char *family, int32_t result)
{
    const char *name = NULL;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        if (strcmp(results[i].family, family) == 0)
            name = results[i].name(result);
    if (name != NULL)
        printf("result %d (%s) ", result, name);
    else
        printf("result %d ", result);
}

static enum cli_exit print_reply(struct cli *cli, const char *doing, const struct request *request,
                                 int32_t result, struct via_parcel *reply)
{
    struct buffer out;
    buffer_init(&out, SIZE_MAX);
    if (cli->json) {
        json_write_text(&out, "{\"status\":0,\"result\":");
        json_write_i64(&out, result);
        json_write_text(&out, ",\"data\":");
    }
    enum via_status status = values_write(&out, reply, &request->values);
    if (cli->json)
        json_write_text(&out, "}");
    if (status == VIA_OK)
        status = out.status;
    if (status == VIA_OK && !cli->json && result != 0)
        print_result(request->service.family, result);
    if (status == VIA_OK)
        printf("%.*s\n", (int)out.size, (const char *)out.data);
    buffer_deinit(&out);
    return status == VIA_OK ? CLI_OK : fault_report(cli, doing, status, NULL);
}

enum cli_exit command_call(struct cli *cli)
{
    struct request request = {.code = 0};
    enum cli_exit exit = request_init(cli, &request, false);
    if (exit != CLI_OK)
        return exit;
    char doing[sizeof request.service.label + 32];
    (void)snprintf(doing, sizeof doing, "calling %s, code %u", request.service.label, request.code);
    int32_t result = 0;
    struct via_parcel *reply = NULL;
    enum via_status status =
        via_proxy_call(request.service.proxy, request.code, request.values.parcel, cli->timeout_ms,
                       &result, &reply);
    if (status == VIA_OK)
        exit = print_reply(cli, doing, &request, result, reply);
    else
        exit = fault_report(cli, doing, status, request.service.proxy);
    via_parcel_unref(reply);
    request_deinit(&request);
    return exit;
}

enum cli_exit command_send(struct cli *cli)
{
    struct request request = {.code = 0};
    enum cli_exit exit = request_init(cli, &request, true);
    if (exit != CLI_OK)
        return exit;
    char doing[sizeof request.service.label + 32];
    (void)snprintf(doing, sizeof doing, "sending to %s, code %u", request.service.label,
                   request.code);
    enum via_status status =
        via_proxy_send(request.service.proxy, request.code, request.values.parcel);
    if (status == VIA_OK)
        status = via_node_flush(cli->node, cli->timeout_ms);
    if (status != VIA_OK)
        exit = fault_report(cli, doing, status, request.service.proxy);
    request_deinit(&request);
    return exit;
}

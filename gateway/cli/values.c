/*
 * Values. References and descriptors cannot be given on a command line: there is nothing to refer
 * to.
 */
#include "gateway/cli/values.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/json_parcel.h"
#include "codecs/json_payload.h"
#include "codecs/json_write.h"
#include "codecs/parcel.h"
#include "gateway/cli/fault.h"

bool values_code(const char *word, struct values_target *target)
{
    char *end = NULL;
    errno = 0;
    unsigned long code = strtoul(word, &end, 0);
    target->is_named = word[0] < '0' || word[0] > '9';
    if (target->is_named)
        return layout_code(word, strlen(word), &target->code);
    target->code = (uint32_t)code;
    return *end == '\0' && errno == 0 && code <= UINT32_MAX;
}

static enum via_status read_text(const struct values_target *target, const char *text,
                                 struct values *values, struct json_parcel_fault *fault)
{
    const struct layout_messages *messages = values->layout->messages;
    const struct layout_target whom = {
        .code = target->code, .info = target->info, .is_oneway = target->is_oneway};
    size_t size = text == NULL ? 0 : strlen(text);
    struct buffer scratch;
    enum via_status status = VIA_OK;
    buffer_init(&scratch, SIZE_MAX);
    if (messages != NULL)
        status = messages->read(text, size, &whom, values->parcel, &values->asked, &scratch, fault);
    else if (text != NULL)
        status = json_parcel_read(text, size, values->parcel, NULL, &scratch, fault);
    buffer_deinit(&scratch);
    return status;
}

enum cli_exit values_read(const struct cli *cli, const struct values_target *target,
                          const char *text, struct values *valuesp)
{
    struct values values = {.layout = layout_of_family(target->family)};
    struct json_parcel_fault fault;
    if (target->is_named && values.layout->messages == NULL) {
        fprintf(stderr, "viaduct %s: codes of family '%s' have no names\n", cli->command,
                target->family);
        return CLI_USAGE;
    }
    if (via_parcel_create(&values.parcel) != VIA_OK) {
        fputs("viaduct: out of memory\n", stderr);
        return CLI_FAILED;
    }
    via_parcel_set_layout(values.parcel, values.layout->number);
    if (read_text(target, text, &values, &fault) != VIA_OK) {
        via_parcel_unref(values.parcel);
        fprintf(stderr, "viaduct %s: the values, octet %zu: %s\n", cli->command, fault.offset,
                fault.text);
        return CLI_USAGE;
    }
    *valuesp = values;
    return CLI_OK;
}

static enum via_status write_answer(struct buffer *out, const struct payload *payload,
                                    const struct values *question)
{
    struct buffer scratch;
    buffer_init(&scratch, SIZE_MAX);
    enum via_status status =
        question->layout->messages->write_reply(out, payload, &question->asked, &scratch);
    buffer_deinit(&scratch);
    return status;
}

enum via_status values_write(struct buffer *out, struct via_parcel *parcel,
                             const struct values *question)
{
    if (parcel == NULL) {
        json_write_text(out, "[]");
        return out->status;
    }
    struct payload payload;
    parcel_payload(parcel, &payload);
    if (question != NULL && question->layout->messages != NULL &&
        question->layout->number == payload.layout)
        return write_answer(out, &payload, question);
    return json_payload_write(out, &payload, NULL);
}

/*
 * Values. References and descriptors cannot be given on a command line: there is nothing to refer
 * to.
 */
#include "gateway/cli/values.h"

#include <stdio.h>
#include <string.h>

#include "codecs/json_parcel.h"
#include "codecs/json_payload.h"
#include "codecs/json_write.h"
#include "codecs/layout.h"
#include "codecs/parcel.h"
#include "gateway/cli/fault.h"

enum cli_exit values_read(const struct cli *cli, const char *family, const char *text,
                          struct via_parcel **parcelp)
{
    struct via_parcel *parcel = NULL;
    if (via_parcel_create(&parcel) != VIA_OK) {
        fputs("viaduct: out of memory\n", stderr);
        return CLI_FAILED;
    }
    via_parcel_set_layout(parcel, layout_of_family(family)->number);
    if (text != NULL) {
        struct json_parcel_fault fault;
        struct buffer scratch;
        buffer_init(&scratch, SIZE_MAX);
        enum via_status status =
            json_parcel_read(text, strlen(text), parcel, NULL, &scratch, &fault);
        buffer_deinit(&scratch);
        if (status != VIA_OK) {
            via_parcel_unref(parcel);
            fprintf(stderr, "viaduct %s: the values, octet %zu: %s\n", cli->command, fault.offset,
                    fault.text);
            return CLI_USAGE;
        }
    }
    *parcelp = parcel;
    return CLI_OK;
}

enum via_status values_write(struct buffer *out, struct via_parcel *parcel)
{
    if (parcel == NULL) {
        json_write_text(out, "[]");
        return out->status;
    }
    struct payload payload;
    parcel_payload(parcel, &payload);
    return json_payload_write(out, &payload, NULL);
}

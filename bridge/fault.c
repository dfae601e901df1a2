/*
 * The status is what the program decides by; the words name the address, what happened, and the
 * setting or the command that changes it.
 */
#include "bridge/fault.h"

#include <stdarg.h>
#include <stdio.h>

#include "bridge/log.h"

void fault_clear(struct fault *fault)
{
    fault->why = VIA_OK;
    fault->words[0] = '\0';
}

void fault_set(struct fault *fault, enum via_status why, const char *format, ...)
{
    fault->why = why;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(fault->words, sizeof fault->words, format, arguments);
    va_end(arguments);
}

static void nobody_answers(struct fault *fault, const char *where, const char *detail)
{
    const char *open = detail[0] != '\0' ? " (" : "";
    const char *close = detail[0] != '\0' ? ")" : "";
    fault_set(fault, VIA_NOT_CONNECTED,
              "no gateway answers at %s: start viaductd there, or set VIADUCT_GATEWAY to where one "
              "is%s%s%s",
              where, open, detail, close);
}

void fault_explain(struct fault *fault, enum via_status why, const char *where, const char *detail)
{
    switch ((int)why) {
    case VIA_OK:
        fault_set(fault, VIA_NOT_CONNECTED,
                  "the gateway at %s closed the connection; its log says why, or it was restarted "
                  "(%s)",
                  where, detail);
        break;
    case VIA_NOT_CONNECTED:
    case VIA_NOT_FOUND:
    case VIA_TIMEOUT:
        nobody_answers(fault, where, detail);
        break;
    case VIA_DENIED:
        fault_set(fault, why,
                  "the gateway at %s does not let this process in%s%s; see the mode of its socket, "
                  "or VIADUCT_CERT, VIADUCT_KEY and VIADUCT_TOKEN",
                  where, detail[0] != '\0' ? ": " : "", detail);
        break;
    case VIA_BAD_CERTIFICATE:
        fault_set(fault, why,
                  "a certificate was refused at %s: %s; VIADUCT_CA names whom to trust, "
                  "VIADUCT_CERT and VIADUCT_KEY who this is",
                  where, detail);
        break;
    case VIA_BAD_VERSION:
        fault_set(fault, why,
                  "the gateway at %s speaks another version of the protocol: %s; update the older "
                  "of the two",
                  where, detail);
        break;
    default:
        fault_set(fault, why, "the connection to %s failed: %s (%s)", where, detail,
                  via_status_name(why));
        break;
    }
    log_info("connection.fault", "status=%s words=\"%s\"", via_status_name(fault->why),
             fault->words);
}

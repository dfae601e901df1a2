/*
 * An error in words: who found it, by its letters, then how bad it is, whose code found it, whose
 * number it has, and what that number says.
 */
#include "codecs/portfolio_error.h"

#include <stdbool.h>
#include <stdio.h>

#include "include/portfolio/operror.h"

#define FIELD(err, name) (((uint32)(err) >> ERR_##name##SHIFT) & ((1u << ERR_##name##_BITS) - 1u))
#define ERR_OBJ_BITS ERR_OBJSIZE
#define ERR_ID_BITS ERR_IDSIZE
#define ERR_SEVERE_BITS ERR_SEVERESIZE
#define ERR_ENV_BITS ERR_ENVSIZE
#define ERR_CLA_BITS ERR_CLASSIZE
#define ERR_ERR_BITS ERR_ERRSIZE

static const char letters[64] = " 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.";
static const char *const severities[] = {"Info", "Warning", "Severe", "Fatal"};
static const char *const environments[] = {"System", "Application", "User", "Reserved"};
static const char *const classes[] = {"Standard", "Extended"};

static const char *const standard[] = {
    [ER_BadItem] = "no such Item, or of another kind",
    [ER_BadTagArg] = "a tag that is not known",
    [ER_BadTagArgVal] = "a tag with a value that is bad",
    [ER_NotPrivileged] = "not permitted",
    [ER_NotFound] = "no Item of that name",
    [ER_NoMem] = "not enough memory",
    [ER_BadSubType] = "no such type of Items, or not for this",
    [ER_SoftErr] = "a fault of the system",
    [ER_BadPtr] = "a bad pointer",
    [ER_Aborted] = "aborted",
    [ER_BadUnit] = "no such unit",
    [ER_BadCommand] = "no such command",
    [ER_BadIOArg] = "a bad argument of a request",
    [ER_BadName] = "a bad name",
    [ER_IONotDone] = "the request is under way",
    [ER_NotSupported] = "not supported",
    [ER_IOIncomplete] = "the request ended early",
    [ER_NotOwner] = "not the owner",
    [ER_DeviceOffline] = "the device is offline",
    [ER_DeviceError] = "the device failed",
    [ER_MediaError] = "the medium failed",
    [ER_EndOfMedium] = "the end of the medium",
    [ER_ParamError] = "bad parameters",
    [ER_NoSignals] = "no signal is free",
    [ER_NoHardware] = "there is no such hardware",
};

static const char *const kernel[] = {
    [ER_Kr_BadType] = "no such subsystem",
    [ER_Kr_ItemNotOpen] = "the Item is not open",
    [ER_Kr_ItemTableFull] = "too many Items",
    [ER_Kr_NoSigs] = "no signal is free",
    [ER_Kr_MsgSent] = "the message is sent already",
    [ER_Kr_NoReplyPort] = "the reply port is gone",
    [ER_Kr_BadSize] = "a bad size",
    [ER_Kr_BadPriority] = "a bad priority",
    [ER_Kr_ThreadError] = "not for a thread",
    [ER_Kr_BadStackSize] = "a bad size of a stack",
    [ER_Kr_CantOpen] = "the Item cannot be opened",
    [ER_Kr_ReplyPortNeeded] = "a reply port is needed",
    [ER_Kr_IllegalSignal] = "a signal that is not allocated, or the system's",
    [ER_Kr_BadLockArg] = "a bad way to lock",
    [ER_Kr_CantSetOwner] = "the owner cannot be changed",
    [ER_Kr_ItemStillOpened] = "the Item is open still",
    [ER_Kr_UniqueItemExists] = "an Item of that name exists",
};

/* NULL: there are none. */
static const char *words_of(Err err)
{
    uint32 number = FIELD(err, ERR);
    if (FIELD(err, CLA) == ER_C_STND)
        return number < sizeof standard / sizeof standard[0] ? standard[number] : NULL;
    bool is_kernels = FIELD(err, OBJ) == ER_FOLI && FIELD(err, ID) == ER_KRNL;
    return is_kernels && number < sizeof kernel / sizeof kernel[0] ? kernel[number] : NULL;
}

static void write_error(char *text, size_t size, Err err)
{
    uint32 id = FIELD(err, ID);
    int length = snprintf(text, size, "%c%c%c-%s-%s-%s-", letters[FIELD(err, OBJ)],
                          letters[id >> 6], letters[id & 0x3f], severities[FIELD(err, SEVERE)],
                          environments[FIELD(err, ENV)], classes[FIELD(err, CLA)]);
    if (length < 0 || (size_t)length >= size)
        return;
    const char *words = words_of(err);
    if (words != NULL)
        (void)snprintf(text + length, size - (size_t)length, "%s", words);
    else
        (void)snprintf(text + length, size - (size_t)length, "<%03u>", FIELD(err, ERR));
}

size_t portfolio_error_text(char *text, size_t size, int32_t err)
{
    if (size == 0)
        return 0;
    if (err >= 0)
        (void)snprintf(text, size, "<%d, not an error>", err);
    else if (err == -1)
        (void)snprintf(text, size, "<-1, generic error>");
    else
        write_error(text, size, err);
    return strlen(text);
}

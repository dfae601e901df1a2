/*
 * Legato: the command line. Options are -x, -x value, --name, --name=value; everything else, "-"
 * and
 * "--" too, is positional. The library's main() passes it on; a program with a main() of its own
 * calls le_arg_SetArgs() first.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_args.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

/** le_arg_SetArgs() - borrowed for ever */
LE_SHARED void le_arg_SetArgs(const size_t argc, const char **argv);
LE_SHARED const char *le_arg_GetProgramName(void);
/** le_arg_NumArgs() - without the program's name */
LE_SHARED size_t le_arg_NumArgs(void);
/** le_arg_GetArg() - 0 is the first after the program's name; NULL behind the last */
LE_SHARED const char *le_arg_GetArg(size_t argIndex);

/* One option, by either of its names, of which one may be NULL. LE_OK; LE_NOT_FOUND;
 * LE_FORMAT_ERROR: a value where none belongs, or none where one does; LE_OUT_OF_RANGE: no int's.
 */
LE_SHARED le_result_t le_arg_GetFlagOption(const char *shortName, const char *longName);
LE_SHARED le_result_t le_arg_GetIntOption(int *varPtr, const char *shortName, const char *longName);
LE_SHARED le_result_t le_arg_GetStringOption(const char **varPtr, const char *shortName,
                                             const char *longName);

typedef void (*le_arg_FlagCallbackFunc_t)(void);
typedef void (*le_arg_IntCallbackFunc_t)(int value);
typedef void (*le_arg_StringCallbackFunc_t)(const char *value);
/** le_arg_ErrorHandlerFunc_t - LE_BAD_PARAMETER: not expected; LE_NOT_FOUND: no value;
 * LE_FORMAT_ERROR, LE_OUT_OF_RANGE: no int's; LE_UNSUPPORTED: a value where none belongs;
 * LE_OVERFLOW, LE_UNDERFLOW: too many or too few positional ones. Return: how many arguments to
 * skip behind this one */
typedef size_t (*le_arg_ErrorHandlerFunc_t)(size_t argIndex, le_result_t errorCode);

/* What le_arg_Scan() sets and calls. Names are borrowed for ever. */
LE_SHARED void le_arg_SetFlagVar(bool *varPtr, const char *shortName, const char *longName);
LE_SHARED void le_arg_SetIntVar(int *varPtr, const char *shortName, const char *longName);
LE_SHARED void le_arg_SetStringVar(const char **varPtr, const char *shortName,
                                   const char *longName);
LE_SHARED void le_arg_SetFlagCallback(le_arg_FlagCallbackFunc_t func, const char *shortName,
                                      const char *longName);
LE_SHARED void le_arg_SetIntCallback(le_arg_IntCallbackFunc_t func, const char *shortName,
                                     const char *longName);
LE_SHARED void le_arg_SetStringCallback(le_arg_StringCallbackFunc_t func, const char *shortName,
                                        const char *longName);
/** le_arg_AddPositionalCallback() - the first gets the first positional argument, and so on */
LE_SHARED void le_arg_AddPositionalCallback(le_arg_StringCallbackFunc_t func);
/** le_arg_AllowMorePositionalArgsThanCallbacks() - the last callback gets the rest */
LE_SHARED void le_arg_AllowMorePositionalArgsThanCallbacks(void);
LE_SHARED void le_arg_AllowLessPositionalArgsThanCallbacks(void);
/** le_arg_SetErrorHandler() - instead of a message on standard error and exit(EXIT_FAILURE) */
LE_SHARED void le_arg_SetErrorHandler(le_arg_ErrorHandlerFunc_t errorHandlerFunc);
LE_SHARED void le_arg_Scan(void);

#ifdef __cplusplus
}
#endif

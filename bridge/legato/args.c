/*
 * The command line. A scan walks it once: each argument is an option that was registered, with its
 * value behind it or behind '=', or a positional one for the next callback in line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/legato/fatal.h"
#include "include/legato/le_args.h"
#include "include/legato/le_log.h"
#include "include/legato/le_utf8.h"

enum option_kind {
    OPTION_FLAG_VARIABLE,
    OPTION_INT_VARIABLE,
    OPTION_STRING_VARIABLE,
    OPTION_FLAG_CALLBACK,
    OPTION_INT_CALLBACK,
    OPTION_STRING_CALLBACK
};

struct option {
    struct option *next;
    enum option_kind kind;
    const char *short_name; /* the program's, or NULL */
    const char *long_name;
    union {
        bool *flag;
        int *number;
        const char **string;
        le_arg_FlagCallbackFunc_t flag_callback;
        le_arg_IntCallbackFunc_t int_callback;
        le_arg_StringCallbackFunc_t string_callback;
    } target;
};

struct positional {
    struct positional *next;
    le_arg_StringCallbackFunc_t callback;
};

static struct {
    size_t n_arguments; /* without the program's name */
    const char *const *arguments;
    const char *program;
    struct option *options; /* owned, for ever */
    struct positional *positionals;
    bool allows_more;
    bool allows_less;
    le_arg_ErrorHandlerFunc_t error_handler;
} line = {.program = ""};

void le_arg_SetArgs(const size_t argc, const char **argv)
{
    line.n_arguments = argc == 0 ? 0 : argc - 1;
    line.arguments = argc == 0 ? argv : argv + 1;
    line.program = argc == 0 ? "" : argv[0];
}

const char *le_arg_GetProgramName(void)
{
    return line.program;
}

size_t le_arg_NumArgs(void)
{
    return line.n_arguments;
}

const char *le_arg_GetArg(size_t argIndex)
{
    return argIndex < line.n_arguments ? line.arguments[argIndex] : NULL;
}

/* ---- one argument ---- */

static bool is_option(const char *argument)
{
    return argument[0] == '-' && argument[1] != '\0' && strcmp(argument, "--") != 0;
}

/* Whether @argument is the option of that name. @valuep: what stands behind its '=', or NULL. */
static bool matches(const char *argument, const char *short_name, const char *long_name,
                    const char **valuep)
{
    *valuep = NULL;
    if (argument[0] != '-')
        return false;
    bool is_long = argument[1] == '-';
    const char *name = is_long ? long_name : short_name;
    argument += is_long ? 2 : 1;
    if (name == NULL)
        return false;
    size_t size = strlen(name);
    if (strncmp(argument, name, size) != 0)
        return false;
    if (argument[size] == '=')
        *valuep = argument + size + 1;
    return argument[size] == '\0' || argument[size] == '=';
}

/* The value of the option at @index: behind its '=', or the next argument. */
static const char *value_at(size_t index, const char *behind, bool *is_nextp)
{
    *is_nextp = behind == NULL;
    return behind != NULL ? behind : le_arg_GetArg(index + 1);
}

/* ---- one option of many ---- */

static le_result_t find_option(const char *short_name, const char *long_name, size_t *indexp,
                               const char **behindp)
{
    for (size_t i = 0; i < line.n_arguments; i++) {
        if (is_option(line.arguments[i]) &&
            matches(line.arguments[i], short_name, long_name, behindp)) {
            *indexp = i;
            return LE_OK;
        }
    }
    return LE_NOT_FOUND;
}

le_result_t le_arg_GetFlagOption(const char *shortName, const char *longName)
{
    size_t index = 0;
    const char *behind = NULL;
    le_result_t result = find_option(shortName, longName, &index, &behind);
    return result == LE_OK && behind != NULL ? LE_FORMAT_ERROR : result;
}

le_result_t le_arg_GetStringOption(const char **varPtr, const char *shortName, const char *longName)
{
    size_t index = 0;
    const char *behind = NULL;
    bool is_next = false;
    le_result_t result = find_option(shortName, longName, &index, &behind);
    if (result != LE_OK)
        return result;
    const char *value = value_at(index, behind, &is_next);
    if (value == NULL || (is_next && is_option(value)))
        return LE_FORMAT_ERROR;
    *varPtr = value;
    return LE_OK;
}

le_result_t le_arg_GetIntOption(int *varPtr, const char *shortName, const char *longName)
{
    size_t index = 0;
    const char *behind = NULL;
    bool is_next = false;
    le_result_t result = find_option(shortName, longName, &index, &behind);
    if (result != LE_OK)
        return result;
    const char *value = value_at(index, behind, &is_next);
    return value == NULL ? LE_FORMAT_ERROR : le_utf8_ParseInt(varPtr, value);
}

/* ---- what a scan sets and calls ---- */

static struct option *add_option(enum option_kind kind, const char *short_name,
                                 const char *long_name)
{
    struct option *option = legato_allocate(sizeof *option);
    *option = (struct option){
        .next = line.options, .kind = kind, .short_name = short_name, .long_name = long_name};
    line.options = option;
    return option;
}

void le_arg_SetFlagVar(bool *varPtr, const char *shortName, const char *longName)
{
    add_option(OPTION_FLAG_VARIABLE, shortName, longName)->target.flag = varPtr;
}

void le_arg_SetIntVar(int *varPtr, const char *shortName, const char *longName)
{
    add_option(OPTION_INT_VARIABLE, shortName, longName)->target.number = varPtr;
}

void le_arg_SetStringVar(const char **varPtr, const char *shortName, const char *longName)
{
    add_option(OPTION_STRING_VARIABLE, shortName, longName)->target.string = varPtr;
}

void le_arg_SetFlagCallback(le_arg_FlagCallbackFunc_t func, const char *shortName,
                            const char *longName)
{
    add_option(OPTION_FLAG_CALLBACK, shortName, longName)->target.flag_callback = func;
}

void le_arg_SetIntCallback(le_arg_IntCallbackFunc_t func, const char *shortName,
                           const char *longName)
{
    add_option(OPTION_INT_CALLBACK, shortName, longName)->target.int_callback = func;
}

void le_arg_SetStringCallback(le_arg_StringCallbackFunc_t func, const char *shortName,
                              const char *longName)
{
    add_option(OPTION_STRING_CALLBACK, shortName, longName)->target.string_callback = func;
}

void le_arg_AddPositionalCallback(le_arg_StringCallbackFunc_t func)
{
    struct positional **link = &line.positionals;
    while (*link != NULL)
        link = &(*link)->next;
    *link = legato_allocate(sizeof **link);
    (*link)->callback = func;
}

void le_arg_AllowMorePositionalArgsThanCallbacks(void)
{
    line.allows_more = true;
}

void le_arg_AllowLessPositionalArgsThanCallbacks(void)
{
    line.allows_less = true;
}

void le_arg_SetErrorHandler(le_arg_ErrorHandlerFunc_t errorHandlerFunc)
{
    line.error_handler = errorHandlerFunc;
}

/* ---- the scan ---- */

static const char *error_text(le_result_t error)
{
    switch ((int)error) {
    case LE_BAD_PARAMETER:
        return "is not expected";
    case LE_NOT_FOUND:
        return "needs a value";
    case LE_FORMAT_ERROR:
        return "needs a number";
    case LE_OUT_OF_RANGE:
        return "needs a smaller number";
    case LE_UNSUPPORTED:
        return "takes no value";
    case LE_OVERFLOW:
        return "is one argument too many";
    default:
        return "is missing";
    }
}

static size_t report(size_t index, le_result_t error)
{
    if (line.error_handler != NULL)
        return line.error_handler(index, error);
    const char *argument = le_arg_GetArg(index);
    if (argument == NULL)
        (void)fprintf(stderr, "%s: an argument is missing\n", line.program);
    else
        (void)fprintf(stderr, "%s: '%s' %s\n", line.program, argument, error_text(error));
    exit(EXIT_FAILURE);
}

static void set_flag(const struct option *option)
{
    if (option->kind == OPTION_FLAG_VARIABLE)
        *option->target.flag = true;
    else
        option->target.flag_callback();
}

static le_result_t set_number(const struct option *option, const char *value)
{
    int number = 0;
    le_result_t result = le_utf8_ParseInt(&number, value);
    if (result != LE_OK)
        return result;
    if (option->kind == OPTION_INT_VARIABLE)
        *option->target.number = number;
    else
        option->target.int_callback(number);
    return LE_OK;
}

static void set_string(const struct option *option, const char *value)
{
    if (option->kind == OPTION_STRING_VARIABLE)
        *option->target.string = value;
    else
        option->target.string_callback(value);
}

/* Return: how many arguments behind this one are done as well. */
static size_t scan_option(size_t index)
{
    const char *behind = NULL;
    const struct option *option = line.options;
    while (option != NULL &&
           !matches(line.arguments[index], option->short_name, option->long_name, &behind))
        option = option->next;
    if (option == NULL)
        return report(index, LE_BAD_PARAMETER);

    if (option->kind == OPTION_FLAG_VARIABLE || option->kind == OPTION_FLAG_CALLBACK) {
        if (behind != NULL)
            return report(index, LE_UNSUPPORTED);
        set_flag(option);
        return 0;
    }
    bool is_next = false;
    const char *value = value_at(index, behind, &is_next);
    if (value == NULL)
        return report(index, LE_NOT_FOUND);
    if (option->kind == OPTION_INT_VARIABLE || option->kind == OPTION_INT_CALLBACK) {
        le_result_t result = set_number(option, value);
        if (result != LE_OK)
            return report(index, result);
    } else {
        set_string(option, value);
    }
    return is_next ? 1 : 0;
}

void le_arg_Scan(void)
{
    struct positional *next = line.positionals;
    for (size_t i = 0; i < line.n_arguments; i++) {
        if (is_option(line.arguments[i])) {
            i += scan_option(i);
        } else if (next == NULL) {
            i += report(i, LE_OVERFLOW);
        } else {
            next->callback(line.arguments[i]);
            if (next->next != NULL || !line.allows_more)
                next = next->next;
        }
    }
    bool is_last = next != NULL && next->next == NULL && line.allows_more;
    if (next != NULL && !is_last && !line.allows_less)
        (void)report(line.n_arguments, LE_UNDERFLOW);
}

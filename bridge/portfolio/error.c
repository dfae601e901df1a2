/*
 * Errors in words, which are the codec's: a page is told the same.
 */
#include <stdbool.h>
#include <stdio.h>

#include "codecs/portfolio_error.h"
#include "include/portfolio/operror.h"

int32 GetSysErr(char *buff, int32 buffsize, Err err)
{
    if (buffsize <= 0)
        return 0;
    if (buff == NULL)
        return BADPTR;
    return (int32)portfolio_error_text(buff, (size_t)buffsize, err);
}

void PrintfSysErr(Err err)
{
    char text[PORTFOLIO_ERROR_ROOM];
    (void)GetSysErr(text, sizeof text, err);
    (void)printf("%s\n", text);
}

static bool is_said(const char *word)
{
    return word != NULL && *word != '\0';
}

void PrintError(const char *who, const char *what, const char *whom, Err err)
{
    char text[PORTFOLIO_ERROR_ROOM];
    (void)GetSysErr(text, sizeof text, err);
    (void)printf("%s%s%s%s%s%s%s%s\n", is_said(who) ? who : "", is_said(who) ? ": " : "",
                 is_said(what) ? "cannot " : "", is_said(what) ? what : "",
                 is_said(whom) ? " '" : "", is_said(whom) ? whom : "",
                 is_said(whom) ? "': " : (is_said(what) ? ": " : ""), text);
}

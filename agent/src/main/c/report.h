/* Lines on stderr in the style of PostgreSQL's own programs: they appear in PostgreSQL's log. */
#ifndef PGSIDECAR_REPORT_H
#define PGSIDECAR_REPORT_H

#include <stddef.h>

#if defined(__GNUC__)
#define FORMAT(text, values) __attribute__((format(printf, text, values)))
#else
#define FORMAT(text, values)
#endif

/* One line, by one write(2), so that lines of several processes do not mix. `level` is "error: ", "detail: ",
   "hint: " or "". What a terminal or a log reader could take for more than text becomes '?'. */
void report(const char *level, const char *format, ...) FORMAT(2, 3);

/* The lines of the agent's answer after the first; each is a detail unless it says "hint: " itself. */
void report_more(const char *lines, size_t length);

#endif

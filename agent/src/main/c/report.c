#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_LINE = 96 * 1024 };

/* How many bytes at `s` are one printable UTF-8 character; 0 if they are none. */
static size_t printable(const unsigned char *s, size_t left) {
  if (s[0] < 0x80) {
    return s[0] >= 0x20 && s[0] != 0x7f;
  }
  size_t length = s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
  if (length == 0 || length > left) {
    return 0;
  }
  for (size_t i = 1; i < length; i++) {
    if ((s[i] & 0xc0) != 0x80) {
      return 0;
    }
  }
  bool c1_control = s[0] == 0xc2 && s[1] < 0xa0;
  bool overlong = (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90);
  bool no_character = (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf4 && s[1] > 0x8f);
  return c1_control || overlong || no_character ? 0 : length;
}

static void sanitise(char *text, size_t length) {
  for (size_t i = 0; i < length;) {
    size_t good = printable((const unsigned char *)text + i, length - i);
    if (good == 0) {
      text[i] = '?';
      good = 1;
    }
    i += good;
  }
}

void report(const char *level, const char *format, ...) {
  static char line[LONGEST_LINE];
  int start = snprintf(line, sizeof line, "pgsidecar-wal: %s", level);
  va_list values;
  va_start(values, format);
  int text = vsnprintf(line + start, sizeof line - (size_t)start, format, values);
  va_end(values);
  size_t length = (size_t)start + (text > 0 ? (size_t)text : 0);
  if (length > sizeof line - 1) {
    length = sizeof line - 1;
  }
  sanitise(line, length);
  line[length++] = '\n';
  for (const char *at = line; length > 0;) {
    ssize_t written = write(STDERR_FILENO, at, length);
    if (written < 0 && errno != EINTR) {
      return; /* Nobody reads: the exit code still tells. */
    }
    if (written > 0) {
      at += written;
      length -= (size_t)written;
    }
  }
}

static bool begins_with(const char *line, size_t length, const char *word) {
  return length >= strlen(word) && strncmp(line, word, strlen(word)) == 0;
}

void report_more(const char *lines, size_t length) {
  while (length > 0) {
    const char *end = memchr(lines, '\n', length);
    size_t whole = end != NULL ? (size_t)(end - lines) + 1 : length;
    size_t line = end != NULL ? whole - 1 : whole;
    if (line > 0 && lines[line - 1] == '\r') {
      line--;
    }
    if (line > 0) {
      bool has_level = begins_with(lines, line, "detail: ") || begins_with(lines, line, "hint: ");
      report(has_level ? "" : "detail: ", "%.*s", (int)line, lines);
    }
    lines += whole;
    length -= whole;
  }
}

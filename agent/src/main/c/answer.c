#include "answer.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static enum progress garbled(struct answer *answer, const char *reason) {
  answer->reason = reason;
  return GARBLED;
}

/* The length of the header with its empty line, or 0. Lines end in CR LF or LF. */
static size_t header_length(const char *bytes, size_t length) {
  for (size_t i = 0; i + 1 < length; i++) {
    if (bytes[i] == '\n') {
      if (bytes[i + 1] == '\n') {
        return i + 2;
      }
      if (bytes[i + 1] == '\r' && i + 2 < length && bytes[i + 2] == '\n') {
        return i + 3;
      }
    }
  }
  return 0;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static bool read_status(struct answer *answer, const char *line, size_t length) {
  if (length < 12 || (memcmp(line, "HTTP/1.1 ", 9) != 0 && memcmp(line, "HTTP/1.0 ", 9) != 0) ||
      !is_digit(line[9]) || !is_digit(line[10]) || !is_digit(line[11]) || (length > 12 && line[12] != ' ')) {
    return false;
  }
  answer->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  return true;
}

static bool is_named(const char *name, size_t length, const char *wanted) {
  return length == strlen(wanted) && strncasecmp(name, wanted, length) == 0;
}

/* The reason why the field is refused, or NULL. */
static const char *read_field(struct answer *answer, const char *line, size_t length, bool *has_length) {
  const char *colon = memchr(line, ':', length);
  if (colon == NULL || colon == line || is_blank(line[0]) || is_blank(colon[-1])) {
    return "a line of its header is no field";
  }
  size_t name = (size_t)(colon - line);
  const char *value = colon + 1;
  const char *end = line + length;
  while (value < end && is_blank(*value)) {
    value++;
  }
  while (end > value && is_blank(end[-1])) {
    end--;
  }
  size_t size = (size_t)(end - value);
  if (is_named(line, name, "Content-Length")) {
    if (*has_length || size == 0 || size > 7) {
      return "its Content-Length is not one number of at most 65536";
    }
    *has_length = true;
    for (; value < end; value++) {
      if (!is_digit(*value)) {
        return "its Content-Length is not one number of at most 65536";
      }
      answer->body = answer->body * 10 + (size_t)(*value - '0');
    }
    if (answer->body > LONGEST_BODY) {
      return "its Content-Length is not one number of at most 65536";
    }
  } else if (is_named(line, name, "Pgsidecar-Outcome")) {
    if (answer->word[0] != '\0' || size == 0 || size >= LONGEST_WORD) {
      return "its Pgsidecar-Outcome is not one word";
    }
    memcpy(answer->word, value, size);
  } else if (is_named(line, name, "Transfer-Encoding")) {
    return "it has a Transfer-Encoding";
  }
  return NULL;
}

static enum progress read_header(struct answer *answer) {
  const char *header = answer->bytes;
  bool has_length = false;
  bool first = true;
  for (const char *line = header; line < header + answer->header;) {
    const char *end = memchr(line, '\n', answer->header - (size_t)(line - header));
    size_t length = (size_t)(end - line);
    if (length > 0 && line[length - 1] == '\r') {
      length--;
    }
    if (memchr(line, '\r', length) != NULL || memchr(line, '\0', length) != NULL) {
      return garbled(answer, "a control character stands in its header");
    }
    if (first) {
      if (!read_status(answer, line, length)) {
        return garbled(answer, "its first line is no HTTP/1.1 status line");
      }
      first = false;
    } else if (length > 0) {
      const char *reason = read_field(answer, line, length, &has_length);
      if (reason != NULL) {
        return garbled(answer, reason);
      }
    }
    line = end + 1;
  }
  return has_length ? WHOLE : garbled(answer, "it has no Content-Length");
}

enum progress read_answer(struct answer *answer) {
  static const char start[] = "HTTP/1.";
  size_t begun = answer->length < sizeof start - 1 ? answer->length : sizeof start - 1;
  if (memcmp(answer->bytes, start, begun) != 0) {
    return garbled(answer, "its first line is no HTTP/1.1 status line");
  }
  if (answer->header == 0) {
    size_t within = answer->length < LONGEST_HEADER ? answer->length : LONGEST_HEADER;
    answer->header = header_length(answer->bytes, within);
    if (answer->header == 0) {
      return within == LONGEST_HEADER ? garbled(answer, "its header is longer than 16 KiB") : INCOMPLETE;
    }
    enum progress progress = read_header(answer);
    if (progress != WHOLE) {
      return progress;
    }
  }
  if (answer->length - answer->header < answer->body) {
    return INCOMPLETE;
  }
  for (size_t i = answer->header; i < answer->header + answer->body; i++) {
    if (answer->bytes[i] == '\0') {
      answer->bytes[i] = '?'; /* Or a message would end there. */
    }
  }
  return WHOLE;
}

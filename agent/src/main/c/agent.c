#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_PAUSE = 20, LONGEST_PAUSE = 250 }; /* ms */

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for events on the socket (none if fd is -1); false when the deadline has passed. */
static bool wait_until(int fd, short events, long long deadline) {
  for (;;) {
    long long left = deadline - now();
    if (left <= 0) {
      return false;
    }
    struct pollfd waiting = {.fd = fd, .events = events, .revents = 0};
    int ready = poll(&waiting, fd >= 0, left > 60000 ? 60000 : (int)left);
    if (ready > 0) {
      return true;
    }
    if (ready < 0 && errno != EINTR) {
      return false; /* Out of kernel memory: as good as late. */
    }
  }
}

size_t socket_path_limit(void) {
  struct sockaddr_un address;
  return sizeof address.sun_path - 1;
}

static enum try connect_failed(struct reply *reply, int error) {
  reply->error = error;
  /* No socket yet, a dead agent's socket, an agent too busy to accept: all pass. */
  bool passing = error == ENOENT || error == ECONNREFUSED || error == EAGAIN || error == ECONNRESET ||
                 error == EPIPE || error == ENOTCONN;
  return passing ? NOT_LISTENING : REFUSED_FOR_GOOD;
}

/* 0 when connected, else an errno; ETIMEDOUT is our own deadline. */
static int connect_to(const char *socket, int fd, long long deadline) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, socket, strlen(socket) + 1);
  if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
    return errno;
  }
  if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
    return 0;
  }
  if (errno != EINPROGRESS && errno != EINTR) {
    return errno;
  }
  if (!wait_until(fd, POLLOUT, deadline)) {
    return ETIMEDOUT;
  }
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}

/* Sends the request and reads the whole answer. */
static enum try talk(const struct request *request, int fd, struct reply *reply, long long deadline) {
  struct answer *answer = &reply->answer;
  size_t sent = 0;
  bool sending = true;
  for (;;) {
    if (!wait_until(fd, (short)(sending ? POLLIN | POLLOUT : POLLIN), deadline)) {
      return LATE;
    }
    if (sending) {
      ssize_t n = send(fd, request->bytes + sent, request->length - sent, 0);
      if (n < 0 && errno != EAGAIN && errno != EINTR) {
        if (sent == 0) {
          return connect_failed(reply, errno); /* It died between our connect and its accept. */
        }
        sending = false; /* It may have answered without reading all. */
      }
      sent += n > 0 ? (size_t)n : 0;
      sending = sending && sent < request->length;
    }
    ssize_t n = recv(fd, answer->bytes + answer->length, sizeof answer->bytes - answer->length, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
      return BROKEN_OFF;
    }
    if (n > 0) {
      answer->length += (size_t)n;
      enum progress progress = read_answer(answer);
      if (progress != INCOMPLETE) {
        return progress == WHOLE ? ANSWERED : NOT_HTTP;
      }
    }
  }
}

static enum try try_once(const struct request *request, struct reply *reply, long long deadline) {
  memset(&reply->answer, 0, sizeof reply->answer);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) {
    return connect_failed(reply, errno);
  }
  int error = connect_to(request->socket, fd, deadline);
  enum try last = error == 0           ? talk(request, fd, reply, deadline)
                  : error == ETIMEDOUT ? LATE
                                       : connect_failed(reply, error);
  close(fd);
  return last;
}

static long long smallest(long long a, long long b, long long c) {
  long long ab = a < b ? a : b;
  return ab < c ? ab : c;
}

enum outcome ask_agent(const struct request *request, struct reply *reply) {
  long long deadline = now() + request->timeout;
  long long pause = FIRST_PAUSE;
  enum outcome outcome = NO_AGENT;
  reply->missed = 0;
  for (;;) {
    reply->last = try_once(request, reply, deadline);
    switch (reply->last) {
      case ANSWERED:
        outcome = outcome_of_answer(request->verb, reply->answer.status, reply->answer.word);
        if (outcome != STOPPING) {
          return outcome;
        }
        break;
      case BROKEN_OFF:
        /* Most likely killed while it worked: the next one gets all our patience again. */
        outcome = NOT_UNDERSTOOD;
        reply->missed = 0;
        break;
      case LATE:
        return TIMED_OUT;
      case NOT_HTTP:
        return NOT_UNDERSTOOD;
      case REFUSED_FOR_GOOD:
        return NO_AGENT;
      case NOT_LISTENING:
        outcome = NO_AGENT;
        break;
    }
    long long start = now();
    /* No try gets so little time that it could only be late: what went wrong before says more. */
    long long wait = smallest(pause, request->patience - reply->missed, deadline - start - LONGEST_PAUSE);
    if (wait <= 0) {
      return outcome;
    }
    wait_until(-1, 0, start + wait);
    reply->missed += now() - start;
    pause = pause * 2 < LONGEST_PAUSE ? pause * 2 : LONGEST_PAUSE;
  }
}

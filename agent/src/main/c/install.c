#include "install.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "report.h"

bool own_path(char *path, size_t size) {
#ifdef __APPLE__
  char unresolved[PATH_MAX];
  char resolved[PATH_MAX];
  uint32_t length = sizeof unresolved;
  if (_NSGetExecutablePath(unresolved, &length) != 0 || realpath(unresolved, resolved) == NULL ||
      strlen(resolved) >= size) {
    return false;
  }
  memcpy(path, resolved, strlen(resolved) + 1);
  return true;
#else
  ssize_t length = readlink("/proc/self/exe", path, size);
  if (length <= 0 || (size_t)length >= size) {
    return false;
  }
  path[length] = '\0';
  return true;
#endif
}

static int open_self(void) {
#ifdef __APPLE__
  char path[PATH_MAX];
  return own_path(path, sizeof path) ? open(path, O_RDONLY) : -1;
#else
  return open("/proc/self/exe", O_RDONLY); /* Our own bytes, even where the path holds newer ones by now. */
#endif
}

/* The number of bytes, or -1 with errno. */
static long copy(int from, int to) {
  static char buffer[64 * 1024];
  long total = 0;
  for (;;) {
    ssize_t n = read(from, buffer, sizeof buffer);
    if (n == 0) {
      return total;
    }
    if (n < 0 && errno != EINTR) {
      return -1;
    }
    for (ssize_t done = 0; done < n;) {
      ssize_t written = write(to, buffer + done, (size_t)(n - done));
      if (written < 0 && errno != EINTR) {
        return -1;
      }
      done += written > 0 ? written : 0;
    }
    total += n > 0 ? n : 0;
  }
}

static int sync_folder(const char *folder) {
  int fd = open(folder, O_RDONLY | O_DIRECTORY);
  if (fd < 0) {
    return -1;
  }
  int failed = fsync(fd);
  int error = errno;
  close(fd);
  errno = error;
  /* Some file systems cannot sync a folder and say so; there is nothing more to be done on them. */
  return failed < 0 && error != EINVAL ? -1 : 0;
}

int install(const char *folder) {
  char target[PATH_MAX];
  char temporary[PATH_MAX];
  const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
  int length = snprintf(target, sizeof target, "%s%spgsidecar-wal", folder, slash);
  int longer = snprintf(temporary, sizeof temporary, "%s%s.pgsidecar-wal.XXXXXX", folder, slash);
  if (length < 0 || longer < 0 || (size_t)longer >= sizeof temporary) {
    report("error: ", "could not install into \"%s\": %s", folder, strerror(ENAMETOOLONG));
    return 1;
  }
  int from = open_self();
  if (from < 0) {
    report("error: ", "could not read the running program: %s", strerror(errno));
    return 1;
  }
  int to = mkstemp(temporary);
  if (to < 0) {
    report("error: ", "could not create a file in \"%s\": %s", folder, strerror(errno));
    report("hint: ", "The folder must exist, and this user must have the right to write to it.");
    close(from);
    return 1;
  }
  long bytes = copy(from, to);
  bool good = bytes >= 0 && fchmod(to, 0755) == 0 && fsync(to) == 0;
  int error = errno;
  close(from);
  if (close(to) != 0 && good) {
    good = false;
    error = errno;
  }
  if (good && rename(temporary, target) != 0) {
    good = false;
    error = errno;
  }
  if (!good) {
    unlink(temporary);
    report("error: ", "could not install \"%s\": %s", target, strerror(error));
    return 1;
  }
  if (sync_folder(folder) != 0) {
    report("error: ", "installed \"%s\", but could not make that durable: %s", target, strerror(errno));
    return 1;
  }
  printf("installed \"%s\" (%ld kB)\n", target, (bytes + 512) / 1024);
  if (fflush(stdout) != 0) {
    report("error: ", "could not write to standard output: %s", strerror(errno));
    return 1;
  }
  return 0;
}

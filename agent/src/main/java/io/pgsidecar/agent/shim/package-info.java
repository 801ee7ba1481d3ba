/**
 * {@code pgsidecar-wal} on the JVM, for machines without a C compiler: the same protocol and the same exit codes as
 * {@code src/main/c}, held to one suite. It uses nothing but the JDK, because a JVM is started for each segment.
 */
@NullMarked
package io.pgsidecar.agent.shim;

import org.jspecify.annotations.NullMarked;

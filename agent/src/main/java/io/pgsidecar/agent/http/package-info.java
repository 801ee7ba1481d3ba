/** What the agent serves: reads on TCP, and all that changes anything on the Unix socket. */
@NullMarked
package io.pgsidecar.agent.http;

import org.jspecify.annotations.NullMarked;

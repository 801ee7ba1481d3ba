/** Load balancers, and load, before the agents of real servers. */
@NullMarked
package io.pgsidecar.agent.rest;

import org.jspecify.annotations.NullMarked;

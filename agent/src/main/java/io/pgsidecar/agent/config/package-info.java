/**
 * What the agent is told: {@link io.pgsidecar.agent.config.AgentConfig} lists every key once, and
 * {@link io.pgsidecar.agent.config.ConfigLoader} fills it from a YAML file and the environment.
 */
@NullMarked
package io.pgsidecar.agent.config;

import org.jspecify.annotations.NullMarked;

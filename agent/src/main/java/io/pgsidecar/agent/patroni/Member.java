package io.pgsidecar.agent.patroni;

/**
 * Who answers.
 *
 * @param scope the cluster's name
 * @param name this server's name in it
 */
public record Member(String scope, String name, MemberTags tags) {}

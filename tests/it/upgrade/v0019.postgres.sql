-- A database of version 19, the release before the administration, as pg_dump wrote it; its master key is beside it.

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.address_windows (
    address text NOT NULL COLLATE pg_catalog."C",
    window_start bigint NOT NULL,
    granted bigint NOT NULL
);

CREATE TABLE public.attempts (
    id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    address text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL
);

CREATE TABLE public.audit_events (
    id text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    actor_kind text NOT NULL COLLATE pg_catalog."C",
    actor_id text COLLATE pg_catalog."C",
    action text NOT NULL COLLATE pg_catalog."C",
    target_kind text NOT NULL COLLATE pg_catalog."C",
    target_id text COLLATE pg_catalog."C",
    tenant_id text COLLATE pg_catalog."C",
    request_id text COLLATE pg_catalog."C",
    address text COLLATE pg_catalog."C",
    changes text COLLATE pg_catalog."C",
    CONSTRAINT audit_events_actor_kind_check CHECK ((actor_kind = ANY (ARRAY['user'::text, 'anonymous'::text, 'operator'::text, 'system'::text])))
);

CREATE TABLE public.audit_exports (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    day_at bigint NOT NULL,
    object text NOT NULL COLLATE pg_catalog."C",
    events bigint NOT NULL,
    size bigint NOT NULL,
    exported_at bigint NOT NULL
);

CREATE TABLE public.config_changes (
    id text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    tenant_id text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    environment text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    is_reset boolean DEFAULT false NOT NULL,
    value text COLLATE pg_catalog."C",
    is_locked boolean DEFAULT false NOT NULL,
    actor_kind text NOT NULL COLLATE pg_catalog."C",
    actor_id text COLLATE pg_catalog."C",
    at bigint NOT NULL
);

CREATE TABLE public.config_values (
    key text NOT NULL COLLATE pg_catalog."C",
    tenant_id text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    environment text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    value text COLLATE pg_catalog."C",
    value_sealed bytea,
    is_locked boolean DEFAULT false NOT NULL,
    updated_at bigint NOT NULL,
    updated_by text COLLATE pg_catalog."C"
);

CREATE TABLE public.installation (
    singleton bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    key_check bytea NOT NULL,
    revision bigint DEFAULT 0 NOT NULL,
    written_at bigint DEFAULT 0 NOT NULL,
    CONSTRAINT installation_singleton_check CHECK ((singleton = 1))
);

CREATE TABLE public.invites (
    id text NOT NULL COLLATE pg_catalog."C",
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    email text NOT NULL COLLATE pg_catalog."C",
    role text NOT NULL COLLATE pg_catalog."C",
    token_digest bytea NOT NULL,
    invited_by text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT invites_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'member'::text, 'viewer'::text])))
);

CREATE TABLE public.memberships (
    id text NOT NULL COLLATE pg_catalog."C",
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    user_id text NOT NULL COLLATE pg_catalog."C",
    role text NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'active'::text NOT NULL COLLATE pg_catalog."C",
    joined_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT memberships_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'member'::text, 'viewer'::text]))),
    CONSTRAINT memberships_status_check CHECK ((status = ANY (ARRAY['active'::text, 'disabled'::text])))
);

CREATE TABLE public.one_time_tokens (
    digest bytea NOT NULL,
    purpose text NOT NULL COLLATE pg_catalog."C",
    user_id text COLLATE pg_catalog."C",
    email text COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT one_time_tokens_purpose_check CHECK ((purpose = ANY (ARRAY['verify_email'::text, 'reset_password'::text, 'change_email'::text, 'setup'::text])))
);

CREATE TABLE public.otp_codes (
    user_id text NOT NULL COLLATE pg_catalog."C",
    code_sealed bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    wrong_tries bigint DEFAULT 0 NOT NULL,
    burnt boolean DEFAULT false NOT NULL
);

CREATE TABLE public.outbox (
    id text NOT NULL COLLATE pg_catalog."C",
    recipient text NOT NULL COLLATE pg_catalog."C",
    template text NOT NULL COLLATE pg_catalog."C",
    variables_sealed bytea,
    message_id text NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'waiting'::text NOT NULL COLLATE pg_catalog."C",
    attempts bigint DEFAULT 0 NOT NULL,
    unknown_outcomes bigint DEFAULT 0 NOT NULL,
    created_at bigint NOT NULL,
    due_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    settled_at bigint,
    last_error text COLLATE pg_catalog."C",
    CONSTRAINT outbox_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'sent'::text, 'failed'::text, 'expired'::text])))
);

CREATE TABLE public.plans (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    price_minor bigint NOT NULL,
    billing_cycle text NOT NULL COLLATE pg_catalog."C",
    features text NOT NULL COLLATE pg_catalog."C",
    limits text NOT NULL COLLATE pg_catalog."C",
    self_service boolean DEFAULT true NOT NULL,
    retired_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    CONSTRAINT plans_billing_cycle_check CHECK ((billing_cycle = ANY (ARRAY['MONTHLY'::text, 'YEARLY'::text]))),
    CONSTRAINT plans_price_minor_check CHECK ((price_minor >= 0))
);

CREATE TABLE public.refinery_schema_history (
    version integer NOT NULL,
    name character varying(255),
    applied_on character varying(255),
    checksum character varying(255)
);

CREATE TABLE public.refresh_tokens (
    jti text NOT NULL COLLATE pg_catalog."C",
    session_id text NOT NULL COLLATE pg_catalog."C",
    kid text NOT NULL COLLATE pg_catalog."C",
    issued_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    spent_at bigint,
    child_jti text COLLATE pg_catalog."C"
);

CREATE TABLE public.service_keys (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    digest bytea NOT NULL,
    scopes text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    revoked_at bigint
);

CREATE TABLE public.sessions (
    id text NOT NULL COLLATE pg_catalog."C",
    user_id text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    refreshed_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    ended_at bigint,
    end_reason text COLLATE pg_catalog."C",
    address text COLLATE pg_catalog."C",
    user_agent text COLLATE pg_catalog."C"
);

CREATE TABLE public.sign_in_addresses (
    user_id text NOT NULL COLLATE pg_catalog."C",
    address text NOT NULL COLLATE pg_catalog."C",
    last_used_at bigint NOT NULL
);

CREATE TABLE public.signing_keys (
    id text NOT NULL COLLATE pg_catalog."C",
    algorithm text NOT NULL COLLATE pg_catalog."C",
    secret_sealed bytea NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT signing_keys_algorithm_check CHECK ((algorithm = ANY (ARRAY['HS256'::text, 'EdDSA'::text])))
);

CREATE TABLE public.storage_settings (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    provider text NOT NULL COLLATE pg_catalog."C",
    bucket text NOT NULL COLLATE pg_catalog."C",
    region text NOT NULL COLLATE pg_catalog."C",
    endpoint text COLLATE pg_catalog."C",
    credentials_sealed bytea,
    updated_at bigint NOT NULL,
    next_day_at bigint NOT NULL,
    next_try_at bigint NOT NULL,
    attempts bigint DEFAULT 0 NOT NULL,
    last_error text COLLATE pg_catalog."C",
    CONSTRAINT storage_settings_provider_check CHECK ((provider = ANY (ARRAY['S3'::text, 'AZURE'::text, 'LOCAL'::text])))
);

CREATE TABLE public.subscriptions (
    id text NOT NULL COLLATE pg_catalog."C",
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    plan_id text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    plan_name text NOT NULL COLLATE pg_catalog."C",
    price_minor bigint NOT NULL,
    billing_cycle text NOT NULL COLLATE pg_catalog."C",
    features text NOT NULL COLLATE pg_catalog."C",
    limits text NOT NULL COLLATE pg_catalog."C",
    anchor_at bigint NOT NULL,
    periods bigint NOT NULL,
    start_at bigint NOT NULL,
    end_at bigint NOT NULL,
    auto_renew boolean DEFAULT true NOT NULL,
    created_at bigint NOT NULL,
    ended_at bigint,
    reminded_at bigint,
    CONSTRAINT subscriptions_billing_cycle_check CHECK ((billing_cycle = ANY (ARRAY['MONTHLY'::text, 'YEARLY'::text]))),
    CONSTRAINT subscriptions_check CHECK ((end_at > start_at)),
    CONSTRAINT subscriptions_periods_check CHECK ((periods >= 1)),
    CONSTRAINT subscriptions_status_check CHECK ((status = ANY (ARRAY['ACTIVE'::text, 'CANCELLED'::text, 'EXPIRED'::text])))
);

CREATE TABLE public.tenants (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    slug text NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'active'::text NOT NULL COLLATE pg_catalog."C",
    status_reason text COLLATE pg_catalog."C",
    billing_email text NOT NULL COLLATE pg_catalog."C",
    owner_id text COLLATE pg_catalog."C",
    search_text text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    config_revision bigint DEFAULT 0 NOT NULL,
    CONSTRAINT tenants_check CHECK (((owner_id IS NOT NULL) OR (status = 'archived'::text))),
    CONSTRAINT tenants_status_check CHECK ((status = ANY (ARRAY['active'::text, 'suspended'::text, 'archived'::text])))
);

CREATE TABLE public.usage_hours (
    tenant_id text NOT NULL COLLATE pg_catalog."C",
    environment text NOT NULL COLLATE pg_catalog."C",
    hour_at bigint NOT NULL,
    requests bigint NOT NULL,
    violations bigint NOT NULL,
    CONSTRAINT usage_hours_environment_check CHECK ((environment = ANY (ARRAY['prod'::text, 'staging'::text, 'dev'::text])))
);

CREATE TABLE public.usage_ids (
    digest bytea NOT NULL,
    received_at bigint NOT NULL
);

CREATE TABLE public.users (
    id text NOT NULL COLLATE pg_catalog."C",
    email text NOT NULL COLLATE pg_catalog."C",
    first_name text NOT NULL COLLATE pg_catalog."C",
    last_name text NOT NULL COLLATE pg_catalog."C",
    password_hash text COLLATE pg_catalog."C",
    password_version bigint DEFAULT 0 NOT NULL,
    email_verified_at bigint,
    is_platform_admin boolean DEFAULT false NOT NULL,
    status text DEFAULT 'active'::text NOT NULL COLLATE pg_catalog."C",
    auth_provider text DEFAULT 'local'::text NOT NULL COLLATE pg_catalog."C",
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    last_login_at bigint,
    search_text text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT users_status_check CHECK ((status = ANY (ARRAY['active'::text, 'disabled'::text])))
);

INSERT INTO public.address_windows VALUES
	('127.0.0.1', 1795444740000, 10);

INSERT INTO public.attempts VALUES
	('evt_01m84dh3naen4vws3n4498e2f7', 'invite_mail', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '127.0.0.1', 1795444739754),
	('evt_01m84dh3naen5bdhwmtveepjcy', 'invite_mail', 'usr_01m84dh24we15arjp9z0jshz18', '127.0.0.1', 1795444739754),
	('evt_01m84dh3naen5rt4npxm8ypmyb', 'invite_mail', 'ten_01m84dh3f3epgb9qfpg8bxfr41 adam.admin@acme.com', '127.0.0.1', 1795444739754),
	('evt_01m84dh3thetqrfxzcy3jpp8m7', 'invite_mail', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '127.0.0.1', 1795444739921),
	('evt_01m84dh3thetr8f7cjv41v3mak', 'invite_mail', 'usr_01m84dh24we15arjp9z0jshz18', '127.0.0.1', 1795444739921),
	('evt_01m84dh3thetrsvmftw6e0fsf5', 'invite_mail', 'ten_01m84dh3f3epgb9qfpg8bxfr41 mia.member@acme.com', '127.0.0.1', 1795444739921),
	('evt_01m84dh3z7evkt5kt8qec3wv53', 'invite_mail', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '127.0.0.1', 1795444740071),
	('evt_01m84dh3z7evmav4nyezgzt5v8', 'invite_mail', 'usr_01m84dh24we15arjp9z0jshz18', '127.0.0.1', 1795444740071),
	('evt_01m84dh3z7evmr8ysx1gqq65ty', 'invite_mail', 'ten_01m84dh3f3epgb9qfpg8bxfr41 vera.viewer@acme.com', '127.0.0.1', 1795444740071),
	('evt_01m84dh43xe4v8s74eb37xwt9q', 'invite_mail', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '127.0.0.1', 1795444740221),
	('evt_01m84dh43xe4vrpmb3pamxnwpa', 'invite_mail', 'usr_01m84dh24we15arjp9z0jshz18', '127.0.0.1', 1795444740221),
	('evt_01m84dh43xe4w9qs92ajk8fm5z', 'invite_mail', 'ten_01m84dh3f3epgb9qfpg8bxfr41 newcomer@acme.com', '127.0.0.1', 1795444740221),
	('evt_01m84dh44re86t7h0cc0gqx7y3', 'invite_mail', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '127.0.0.1', 1795444740248),
	('evt_01m84dh44re87943kddxy23wvv', 'invite_mail', 'usr_01m84dh24we15arjp9z0jshz18', '127.0.0.1', 1795444740248),
	('evt_01m84dh44re87rm6nag0xsxb10', 'invite_mail', 'ten_01m84dh3f3epgb9qfpg8bxfr41 revoked@acme.com', '127.0.0.1', 1795444740248),
	('evt_01m84dh4bxe0hvqbvd0w4mr373', 'notice_mail', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '', 1795444740477),
	('evt_01m84dh4m2ezyvq1vc0e7n150b', 'password', 'vera.viewer@acme.com', '127.0.0.1', 1795444740738),
	('evt_01m84dh4p3erfafmh373wfm1h1', 'password', 'vera.viewer@acme.com', '127.0.0.1', 1795444740803),
	('evt_01m84dh4s9ebg9dpt15aycj1cc', 'password', 'vera.viewer@acme.com', '127.0.0.1', 1795444740905),
	('evt_01m84dh8h1ebwvhx03w4dyd8rt', 'reset_mail', 'mia.member@acme.com', '127.0.0.1', 1795444744737),
	('evt_01m84dh8hne6m8awkvgnchta42', 'otp_mail', 'vera.viewer@acme.com', '127.0.0.1', 1795444744757);

INSERT INTO public.audit_events VALUES
	('evt_01m84dh083e97rrdynfpvsejcd', 1795444736259, 'system', NULL, 'signing_key.created', 'signing_key', 'key_01m84dh083e97aajbdtq96qms0', NULL, NULL, NULL, '{"algorithm":"HS256"}'),
	('evt_01m84dh0bjef486vt4qz7gr40s', 1795444736370, 'operator', NULL, 'user.created', 'user', 'usr_01m84dh0bjef3vx43jd6tyc5zn', NULL, NULL, NULL, '{"email":"admin@acme.com","is_platform_admin":true}'),
	('evt_01m84dh0j3edgr6stvtcpf9p3d', 1795444736579, 'operator', NULL, 'config.updated', 'config', 'smtp.host', NULL, NULL, NULL, '{"is_locked":false,"value":"127.0.0.1"}'),
	('evt_01m84dh0qdesjat80wjx5jnwqg', 1795444736749, 'operator', NULL, 'config.updated', 'config', 'smtp.port', NULL, NULL, NULL, '{"is_locked":false,"value":18711}'),
	('evt_01m84dh10eextsbqv07t3xw7rf', 1795444737038, 'operator', NULL, 'config.updated', 'config', 'smtp.from_address', NULL, NULL, NULL, '{"is_locked":false,"value":"no-reply@acme.com"}'),
	('evt_01m84dh155e3cvpjfc3gy69ffe', 1795444737189, 'operator', NULL, 'config.updated', 'config', 'smtp.security', NULL, NULL, NULL, '{"is_locked":false,"value":"none"}'),
	('evt_01m84dh1atenbt54gs248ng936', 1795444737370, 'operator', NULL, 'config.updated', 'config', 'base_url', NULL, NULL, NULL, '{"is_locked":false,"value":"http://127.0.0.1:18710"}'),
	('evt_01m84dh24we15t5pqd1bqhd6r2', 1795444738204, 'anonymous', NULL, 'user.created', 'user', 'usr_01m84dh24we15arjp9z0jshz18', NULL, '01a208d8-8766-764c-a927-7b1b862cc62e', '127.0.0.1', '{"email":"olga.owner@acme.com","is_platform_admin":false}'),
	('evt_01m84dh2kwevv81pjhmq4r6x1p', 1795444738684, 'anonymous', NULL, 'user.created', 'user', 'usr_01m84dh2kwevtrhbkarjkfy8dz', NULL, '01a208d8-88c8-7155-9384-60d0245c9156', '127.0.0.1', '{"email":"adam.admin@acme.com","is_platform_admin":false}'),
	('evt_01m84dh2nrec18qk5q3c6mwdkr', 1795444738744, 'anonymous', NULL, 'user.created', 'user', 'usr_01m84dh2nrec0rxwyk59hbvebx', NULL, '01a208d8-8a91-77b7-8eb4-6cea1cfcfccd', '127.0.0.1', '{"email":"mia.member@acme.com","is_platform_admin":false}'),
	('evt_01m84dh2qxep7v6dbv3nzyrjph', 1795444738813, 'anonymous', NULL, 'user.created', 'user', 'usr_01m84dh2qxep78eck4cmcym0qd', NULL, '01a208d8-8ac5-7292-9f11-237c5a5e04bc', '127.0.0.1', '{"email":"vera.viewer@acme.com","is_platform_admin":false}'),
	('evt_01m84dh2w6eh3868j42g6vzcs7', 1795444738950, 'anonymous', NULL, 'user.created', 'user', 'usr_01m84dh2w6eh2swj9pd58dcn89', NULL, '01a208d8-8b1c-74ba-866a-ae55090adfeb', '127.0.0.1', '{"email":"carl.closed@globex.com","is_platform_admin":false}'),
	('evt_01m84dh2y2ehptgdadmpp6raea', 1795444739010, 'anonymous', NULL, 'user.created', 'user', 'usr_01m84dh2y2ehp94r6b8snzbq12', NULL, '01a208d8-8b99-72c3-91a7-19c2afde4291', '127.0.0.1', '{"email":"sue.suspended@initech.com","is_platform_admin":false}'),
	('evt_01m84dh2zrek2v4gc4fdghm8gg', 1795444739064, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'session.created', 'session', 'ses_01m84dh2zrek2803yhs0ywy378', NULL, '01a208d8-8bd9-715b-b52b-ac67732d887b', '127.0.0.1', '{"method":"password"}'),
	('evt_01m84dh32yeyhtbj55ynnzjmvb', 1795444739166, 'user', 'usr_01m84dh2kwevtrhbkarjkfy8dz', 'session.created', 'session', 'ses_01m84dh32yeyh80pv74yd1wtra', NULL, '01a208d8-8c01-726d-a04a-3a909d30f6b4', '127.0.0.1', '{"method":"password"}'),
	('evt_01m84dh350ezyv6cwamz2ghnrj', 1795444739232, 'user', 'usr_01m84dh2nrec0rxwyk59hbvebx', 'session.created', 'session', 'ses_01m84dh350ezyaxntc5wcr26qd', NULL, '01a208d8-8c68-77f5-8b47-44c8dd35534a', '127.0.0.1', '{"method":"password"}'),
	('evt_01m84dh398ezfv61q00jsy2kt0', 1795444739368, 'user', 'usr_01m84dh2qxep78eck4cmcym0qd', 'session.created', 'session', 'ses_01m84dh398ezfbxqpwajth1j2r', NULL, '01a208d8-8cb7-75fe-9ad6-e8ae5d7c91e5', '127.0.0.1', '{"method":"password"}'),
	('evt_01m84dh3b3ek4th5k26jbcg5dn', 1795444739427, 'user', 'usr_01m84dh2w6eh2swj9pd58dcn89', 'session.created', 'session', 'ses_01m84dh3b3ek48qdydhapg0d41', NULL, '01a208d8-8d41-72ba-9490-65978d27b685', '127.0.0.1', '{"method":"password"}'),
	('evt_01m84dh3cvenprvebzs228yjdr', 1795444739483, 'user', 'usr_01m84dh2y2ehp94r6b8snzbq12', 'session.created', 'session', 'ses_01m84dh3cvenpb4pdkezxqym3m', NULL, '01a208d8-8d67-755e-a9ed-59d1d74103c8', '127.0.0.1', '{"method":"password"}'),
	('evt_01m84dh3evej893m3fkpc0sc9t', 1795444739547, 'user', 'usr_01m84dh0bjef3vx43jd6tyc5zn', 'session.created', 'session', 'ses_01m84dh3evej7s1c1vy4h5bk0g', NULL, '01a208d8-8da8-7205-9121-d6a324fe6c37', '127.0.0.1', '{"method":"password"}'),
	('evt_01m84dh3f3ephvt6r4n09m13ag', 1795444739555, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'tenant.created', 'tenant', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-8de1-75f4-957b-4f98b32e0177', '127.0.0.1', '{"billing_email":"olga.owner@acme.com","name":"Acme Corp","owner_id":"usr_01m84dh24we15arjp9z0jshz18","plan_id":"plan_dev","slug":"acme-corp"}'),
	('evt_01m84dh3gnehw8tdcadqt0g3fq', 1795444739605, 'user', 'usr_01m84dh2w6eh2swj9pd58dcn89', 'tenant.created', 'tenant', 'ten_01m84dh3gnehtr5ahpvvc1r38v', 'ten_01m84dh3gnehtr5ahpvvc1r38v', '01a208d8-8e13-775e-84b3-dec9ce02c176', '127.0.0.1', '{"billing_email":"carl.closed@globex.com","name":"Globex","owner_id":"usr_01m84dh2w6eh2swj9pd58dcn89","plan_id":"plan_dev","slug":"globex"}'),
	('evt_01m84dh3j9ez3rrv8evhexg8ty', 1795444739657, 'user', 'usr_01m84dh2y2ehp94r6b8snzbq12', 'tenant.created', 'tenant', 'ten_01m84dh3j9ez2aztapsk8j5pz3', 'ten_01m84dh3j9ez2aztapsk8j5pz3', '01a208d8-8e46-7149-af84-6e24e068cda6', '127.0.0.1', '{"billing_email":"sue.suspended@initech.com","name":"Initech","owner_id":"usr_01m84dh2y2ehp94r6b8snzbq12","plan_id":"plan_dev","slug":"initech"}'),
	('evt_01m84dh3mbesc82b28nfeafqaa', 1795444739723, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'session.tenant_selected', 'tenant', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-8e70-7508-9e22-7e933be024ed', '127.0.0.1', '{"session_id":"ses_01m84dh2zrek2803yhs0ywy378"}'),
	('evt_01m84dh3naen6vea0swnkme8ag', 1795444739754, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'invite.created', 'invite', 'inv_01m84dh3naen69ezt7qxdcyzch', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-8e96-7011-821d-083e118a71e6', '127.0.0.1', '{"email":"adam.admin@acme.com","role":"admin"}'),
	('evt_01m84dh3t2emfbcr231fmfgtv0', 1795444739906, 'user', 'usr_01m84dh2kwevtrhbkarjkfy8dz', 'membership.created', 'membership', 'mem_01m84dh3t2emerc5qwtaj3kbp7', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-8f41-70f5-9a8d-be476af55b32', '127.0.0.1', '{"invite_id":"inv_01m84dh3naen69ezt7qxdcyzch","role":"admin","user_id":"usr_01m84dh2kwevtrhbkarjkfy8dz"}'),
	('evt_01m84dh3t2emfrk795vwz53jdt', 1795444739906, 'user', 'usr_01m84dh2kwevtrhbkarjkfy8dz', 'user.email_verified', 'user', 'usr_01m84dh2kwevtrhbkarjkfy8dz', NULL, '01a208d8-8f41-70f5-9a8d-be476af55b32', '127.0.0.1', NULL),
	('evt_01m84dh3thetsszv5nmybr2d7e', 1795444739921, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'invite.created', 'invite', 'inv_01m84dh3thets9559q3sv6esnt', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-8f4c-76aa-8f92-07552724886c', '127.0.0.1', '{"email":"mia.member@acme.com","role":"member"}'),
	('evt_01m84dh3ybey4ac02k5bey2hmn', 1795444740043, 'user', 'usr_01m84dh2nrec0rxwyk59hbvebx', 'membership.created', 'membership', 'mem_01m84dh3ybey3ta010n9sbcs1e', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-8fc7-75fa-97a9-22fe08d17fc2', '127.0.0.1', '{"invite_id":"inv_01m84dh3thets9559q3sv6esnt","role":"member","user_id":"usr_01m84dh2nrec0rxwyk59hbvebx"}'),
	('evt_01m84dh3ybey4sa0v4jgyj2pt6', 1795444740043, 'user', 'usr_01m84dh2nrec0rxwyk59hbvebx', 'user.email_verified', 'user', 'usr_01m84dh2nrec0rxwyk59hbvebx', NULL, '01a208d8-8fc7-75fa-97a9-22fe08d17fc2', '127.0.0.1', NULL),
	('evt_01m84dh3z7evntaqqfm7qhaahv', 1795444740071, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'invite.created', 'invite', 'inv_01m84dh3z7evnbq6cn3190zzqe', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-8fe0-714f-9e21-f6d0fe347a29', '127.0.0.1', '{"email":"vera.viewer@acme.com","role":"viewer"}'),
	('evt_01m84dh43fepca1nqthb3m9j0y', 1795444740207, 'user', 'usr_01m84dh2qxep78eck4cmcym0qd', 'membership.created', 'membership', 'mem_01m84dh43fepbtfhqbc2fvb8wy', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-9067-7417-bc5c-2f3440f612aa', '127.0.0.1', '{"invite_id":"inv_01m84dh3z7evnbq6cn3190zzqe","role":"viewer","user_id":"usr_01m84dh2qxep78eck4cmcym0qd"}'),
	('evt_01m84dh43fepcvy7anpxmkg46x', 1795444740207, 'user', 'usr_01m84dh2qxep78eck4cmcym0qd', 'user.email_verified', 'user', 'usr_01m84dh2qxep78eck4cmcym0qd', NULL, '01a208d8-9067-7417-bc5c-2f3440f612aa', '127.0.0.1', NULL),
	('evt_01m84dh44re88twyadr667wqrx', 1795444740248, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'invite.created', 'invite', 'inv_01m84dh44re88bvcw1d61rx4xm', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-9096-7105-b882-d5f073c6485b', '127.0.0.1', '{"email":"revoked@acme.com","role":"member"}'),
	('evt_01m84dh46zesp87pgf5dgm7y3j', 1795444740319, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'config.updated', 'config', 'gateway.requests_per_minute', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-90d8-71ea-8936-f9a8314a0141', '127.0.0.1', '{"environment":"prod","value":60}'),
	('evt_01m84dh47jep8txggk724w2t6c', 1795444740338, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'config.updated', 'config', 'branding.notice', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-90f0-73ed-bf46-b220dc4f0e4f', '127.0.0.1', '{"environment":null,"value":"Acme Portal"}'),
	('evt_01m84dh47pekztt2zmbk7g12wy', 1795444740342, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'config.reset', 'config', 'branding.notice', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-90f5-770b-9924-fa1144e6e78d', '127.0.0.1', '{"environment":null,"value":null}'),
	('evt_01m84dh480evc85tt31nqyzeky', 1795444740352, 'user', 'usr_01m84dh0bjef3vx43jd6tyc5zn', 'config.updated', 'config', 'gateway.max_request_kib', NULL, '01a208d8-90ff-7386-8c76-9123a82c375a', '127.0.0.1', '{"is_locked":true,"value":512}'),
	('evt_01m84dh48qep2r24jctxcyv9tq', 1795444740375, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'storage.updated', 'tenant', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-9114-76df-a82a-856539b0ffd9', '127.0.0.1', '{"bucket":"","credentials_changed":false,"endpoint":null,"provider":"LOCAL","region":""}'),
	('evt_01m84dh4a1eg7sm5r69bbb9tjd', 1795444740417, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'subscription.activated', 'subscription', 'sub_01m84dh4a1eg7bzdg32fydvwze', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-912b-76ba-b8fe-8bdeddef2ece', '127.0.0.1', '{"old_plan_id":"plan_dev","plan_id":"plan_pro"}'),
	('evt_01m84dh4j7ehgsv13k1xw4scgc', 1795444740679, 'user', 'usr_01m84dh2w6eh2swj9pd58dcn89', 'session.tenant_selected', 'tenant', 'ten_01m84dh3gnehtr5ahpvvc1r38v', 'ten_01m84dh3gnehtr5ahpvvc1r38v', '01a208d8-923d-7150-8d66-8df425d881f7', '127.0.0.1', '{"session_id":"ses_01m84dh3b3ek48qdydhapg0d41"}'),
	('evt_01m84dh4k8ewqavj218ya1798e', 1795444740712, 'user', 'usr_01m84dh2w6eh2swj9pd58dcn89', 'tenant.archived', 'tenant', 'ten_01m84dh3gnehtr5ahpvvc1r38v', 'ten_01m84dh3gnehtr5ahpvvc1r38v', '01a208d8-9266-7155-a971-00cb568eb482', '127.0.0.1', '{"old_status":"active","reason":null}'),
	('evt_01m84dh4kje2tbqj3v2hpmznva', 1795444740722, 'user', 'usr_01m84dh0bjef3vx43jd6tyc5zn', 'tenant.suspended', 'tenant', 'ten_01m84dh3j9ez2aztapsk8j5pz3', 'ten_01m84dh3j9ez2aztapsk8j5pz3', '01a208d8-926b-706b-876b-1d8fd58d91c3', '127.0.0.1', '{"old_status":"active","reason":"Unpaid invoices"}'),
	('evt_01m84dh43xe4x8tjkyrtweth3s', 1795444740221, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'invite.created', 'invite', 'inv_01m84dh43xe4wv4rs1kqgzb1rk', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-907c-71cf-9a0f-6e6f5b88f668', '127.0.0.1', '{"email":"newcomer@acme.com","role":"member"}'),
	('evt_01m84dh44ye5c8wwpky2jpeeqm', 1795444740254, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'invite.revoked', 'invite', 'inv_01m84dh44re88bvcw1d61rx4xm', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-909d-7265-8d8a-34efd060eea4', '127.0.0.1', '{"email":"revoked@acme.com"}'),
	('evt_01m84dh45me76tmatvxpsb4enq', 1795444740276, 'user', 'usr_01m84dh2kwevtrhbkarjkfy8dz', 'session.tenant_selected', 'tenant', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-90b2-726f-a67c-d2362f274394', '127.0.0.1', '{"session_id":"ses_01m84dh32yeyh80pv74yd1wtra"}'),
	('evt_01m84dh461eaf8tysvqw4zy8e7', 1795444740289, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'config.updated', 'config', 'gateway.requests_per_minute', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-90bb-7150-be08-31047d5c8ea2', '127.0.0.1', '{"environment":null,"value":120}'),
	('evt_01m84dh4asemvaz38kh43qxv1d', 1795444740441, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'subscription.cancelled', 'subscription', 'sub_01m84dh4a1eg7bzdg32fydvwze', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-9157-7642-865e-abfaa43ff88b', '127.0.0.1', '{"at_period_end":true,"plan_id":"plan_pro"}'),
	('evt_01m84dh4bxe0hah7a0xwphmga2', 1795444740477, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 'tenant.ownership_transferred', 'tenant', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-917b-7244-acab-07a283340a32', '127.0.0.1', '{"old_owner_id":"usr_01m84dh24we15arjp9z0jshz18","owner_id":"usr_01m84dh2kwevtrhbkarjkfy8dz"}'),
	('evt_01m84dh4fse9gtv7ak2g71xjrc', 1795444740601, 'operator', NULL, 'service_key.created', 'service_key', 'key_01m84dh4fse9g9wcdavv3bj99n', NULL, NULL, NULL, '{"name":"gateway-1","scopes":["tokens:read","usage:write","configs:read","entitlements:read"]}'),
	('evt_01m84dh4nwe0kt75cvy3gn9a9z', 1795444740796, 'anonymous', NULL, 'session.denied', 'user', 'usr_01m84dh2qxep78eck4cmcym0qd', NULL, '01a208d8-927f-775e-9c96-be67b934ab47', '127.0.0.1', '{"email":"vera.viewer@acme.com","method":"password","reason":"invalid_credentials"}'),
	('evt_01m84dh4rye1va287jk2649ytj', 1795444740894, 'anonymous', NULL, 'session.denied', 'user', 'usr_01m84dh2qxep78eck4cmcym0qd', NULL, '01a208d8-92c2-73e6-bc66-ecb3e8fec95d', '127.0.0.1', '{"email":"vera.viewer@acme.com","method":"password","reason":"invalid_credentials"}'),
	('evt_01m84dh4tvej3bxyjsjekfkv9t', 1795444740955, 'anonymous', NULL, 'session.denied', 'user', 'usr_01m84dh2qxep78eck4cmcym0qd', NULL, '01a208d8-9329-7450-a4a1-414362b115f0', '127.0.0.1', '{"email":"vera.viewer@acme.com","method":"password","reason":"invalid_credentials"}'),
	('evt_01m84dh4vjes9angsttgp98dxw', 1795444740978, 'user', 'usr_01m84dh2nrec0rxwyk59hbvebx', 'user.updated', 'user', 'usr_01m84dh2nrec0rxwyk59hbvebx', NULL, '01a208d8-9361-7730-8ffe-07a01bd752a5', '127.0.0.1', '{"first_name":"Mia-Sophie","last_name":"Member"}'),
	('evt_01m84dh71vec1raz2vbpp3rk4v', 1795444743227, 'operator', NULL, 'config.updated', 'config', 'smtp.port', NULL, NULL, NULL, '{"is_locked":false,"value":18712}'),
	('evt_01m84dh8j8edmvaxm543e9tdhq', 1795444744776, 'user', 'usr_01m84dh2kwevtrhbkarjkfy8dz', 'tenant.updated', 'tenant', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '01a208d8-a242-7720-a18d-9fd80b9adbf1', '127.0.0.1', '{"billing_email":"olga.owner@acme.com","name":"Acme Corporation"}');

INSERT INTO public.config_changes VALUES
	('evt_01m84dh0j3edgabtd6fpb2ymcw', 'smtp.host', '', '', false, '"127.0.0.1"', false, 'operator', NULL, 1795444736579),
	('evt_01m84dh0qdeshr89b2mcnm59wk', 'smtp.port', '', '', false, '18711', false, 'operator', NULL, 1795444736749),
	('evt_01m84dh10eext85z6zvd7skq7d', 'smtp.from_address', '', '', false, '"no-reply@acme.com"', false, 'operator', NULL, 1795444737038),
	('evt_01m84dh155e3c8c8gbjr17gx50', 'smtp.security', '', '', false, '"none"', false, 'operator', NULL, 1795444737189),
	('evt_01m84dh1atenb95c9rsy4q17h9', 'base_url', '', '', false, '"http://127.0.0.1:18710"', false, 'operator', NULL, 1795444737370),
	('evt_01m84dh461eaesdnsdckbc1v61', 'gateway.requests_per_minute', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '', false, '120', false, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 1795444740289),
	('evt_01m84dh46zesnsfpztcwy9e63g', 'gateway.requests_per_minute', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'prod', false, '60', false, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 1795444740319),
	('evt_01m84dh47jep89pb7e07p6x93t', 'branding.notice', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '', false, '"Acme Portal"', false, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 1795444740338),
	('evt_01m84dh47pekzamfg171sqtjaa', 'branding.notice', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '', true, NULL, false, 'user', 'usr_01m84dh24we15arjp9z0jshz18', 1795444740342),
	('evt_01m84dh480evbrybhc8cv4cg9r', 'gateway.max_request_kib', '', '', false, '512', true, 'user', 'usr_01m84dh0bjef3vx43jd6tyc5zn', 1795444740352),
	('evt_01m84dh71vec18v56kgen00k8q', 'smtp.port', '', '', false, '18712', false, 'operator', NULL, 1795444743227);

INSERT INTO public.config_values VALUES
	('smtp.host', '', '', '"127.0.0.1"', NULL, false, 1795444736579, NULL),
	('smtp.from_address', '', '', '"no-reply@acme.com"', NULL, false, 1795444737038, NULL),
	('smtp.security', '', '', '"none"', NULL, false, 1795444737189, NULL),
	('base_url', '', '', '"http://127.0.0.1:18710"', NULL, false, 1795444737370, NULL),
	('gateway.requests_per_minute', 'ten_01m84dh3f3epgb9qfpg8bxfr41', '', '120', NULL, false, 1795444740289, NULL),
	('gateway.requests_per_minute', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'prod', '60', NULL, false, 1795444740319, NULL),
	('gateway.max_request_kib', '', '', '512', NULL, true, 1795444740352, NULL),
	('smtp.port', '', '', '18712', NULL, false, 1795444743227, NULL);

INSERT INTO public.installation VALUES
	(1, '8b725257-e200-490b-b991-4001df93dd85', 1795444736259, '\x634531fcd52a7fc87c63667a0b7adab2c34e89af97f7af8ddf3510ca4abc2e70cc1d337430e332d6a8b4dd87ac78698804bbe38437d691a1b7b9d6aca9f957a67ac7eca7a82c78d421a783774bb00be8', 8, 1795444737862);

INSERT INTO public.invites VALUES
	('inv_01m84dh43xe4wv4rs1kqgzb1rk', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'newcomer@acme.com', 'member', '\xbbfe74962acd19e05f7b28c61de5a4e61e62b6fc71b502ba95ff26ed5c71f1d5', 'usr_01m84dh24we15arjp9z0jshz18', 1795444740221, 1796049540221);

INSERT INTO public.memberships VALUES
	('mem_01m84dh3gnehv86k5ynv6wef33', 'ten_01m84dh3gnehtr5ahpvvc1r38v', 'usr_01m84dh2w6eh2swj9pd58dcn89', 'admin', 'active', 1795444739605, 1795444739605),
	('mem_01m84dh3j9ez2v56630nr95a0v', 'ten_01m84dh3j9ez2aztapsk8j5pz3', 'usr_01m84dh2y2ehp94r6b8snzbq12', 'admin', 'active', 1795444739657, 1795444739657),
	('mem_01m84dh3t2emerc5qwtaj3kbp7', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'usr_01m84dh2kwevtrhbkarjkfy8dz', 'admin', 'active', 1795444739906, 1795444739906),
	('mem_01m84dh3ybey3ta010n9sbcs1e', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'usr_01m84dh2nrec0rxwyk59hbvebx', 'member', 'active', 1795444740043, 1795444740043),
	('mem_01m84dh43fepbtfhqbc2fvb8wy', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'usr_01m84dh2qxep78eck4cmcym0qd', 'viewer', 'active', 1795444740207, 1795444740207),
	('mem_01m84dh3f3epgsv122nhv2c92k', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'usr_01m84dh24we15arjp9z0jshz18', 'admin', 'active', 1795444739555, 1795444740477);

INSERT INTO public.one_time_tokens VALUES
	('\x37f3e09aea0681ace45356a9bcae5872888756d8bede82e1970aeec377c424d0', 'verify_email', 'usr_01m84dh24we15arjp9z0jshz18', 'olga.owner@acme.com', 1795444738204, 1796049538204),
	('\xa49efd2bd0406bcc2974aa075ee54c63b7a4ebdadf12ae73fe81aa2e250c4acf', 'verify_email', 'usr_01m84dh2kwevtrhbkarjkfy8dz', 'adam.admin@acme.com', 1795444738684, 1796049538684),
	('\x01b892a944e1f6f44fa1f68d041716e3edfafc8c7776d61dcb29881f80e099cd', 'verify_email', 'usr_01m84dh2nrec0rxwyk59hbvebx', 'mia.member@acme.com', 1795444738744, 1796049538744),
	('\xf14fa202a45bb57817c1ca649bd87c784b6dcade4f71500c01242e1a526b95c9', 'verify_email', 'usr_01m84dh2qxep78eck4cmcym0qd', 'vera.viewer@acme.com', 1795444738813, 1796049538813),
	('\xdaa4fd84f34651f3b060c1e2ee987ae3123f866a99f3fce2bca014731c84ba12', 'verify_email', 'usr_01m84dh2w6eh2swj9pd58dcn89', 'carl.closed@globex.com', 1795444738950, 1796049538950),
	('\xd6ce1d71520865817b615005f43e4e1c0710d1c5412b117303ffc15d65504b54', 'verify_email', 'usr_01m84dh2y2ehp94r6b8snzbq12', 'sue.suspended@initech.com', 1795444739010, 1796049539010),
	('\xbb776084be9249af88f213e6387485c3985179e393c3cdfe166f2755a66c2e8b', 'reset_password', 'usr_01m84dh2nrec0rxwyk59hbvebx', 'mia.member@acme.com', 1795444744737, 1795448344737);

INSERT INTO public.otp_codes VALUES
	('usr_01m84dh2qxep78eck4cmcym0qd', '\x634531fcadb828ee9b50bd132b0e2528d514ca99de02891eae4608542993c948d5cd3d322f241d01c23cf2d71d5261fdf3c0', 1795444744757, 1795445344757, 0, false);

INSERT INTO public.outbox VALUES
	('msg_01m84dh24we16aakqcthdx5r4n', 'olga.owner@acme.com', 'welcome', NULL, '<aiddippkhflbafpikaojlhbjblagndfb@127.0.0.1>', 'sent', 1, 0, 1795444738204, 1795445218273, 1796049538204, 1795444738683, NULL),
	('msg_01m84dh2kwevvr5hbce9ttt888', 'adam.admin@acme.com', 'welcome', NULL, '<kgieieccadmbgoekkdpfkgghkllkofea@127.0.0.1>', 'sent', 1, 0, 1795444738684, 1795445218759, 1796049538684, 1795444738871, NULL),
	('msg_01m84dh2nrec1srpkrrjckk9g5', 'mia.member@acme.com', 'welcome', NULL, '<biocihmkcodnopclnhkkgjhoblooabkf@127.0.0.1>', 'sent', 1, 0, 1795444738744, 1795445218759, 1796049538744, 1795444738944, NULL),
	('msg_01m84dh2qxep89d85jkvfqk8v5', 'vera.viewer@acme.com', 'welcome', NULL, '<heoiefnahakngpgnhoagjekdglmjjaga@127.0.0.1>', 'sent', 1, 0, 1795444738813, 1795445218835, 1796049538813, 1795444738963, NULL),
	('msg_01m84dh2w6eh3t3z757j96x2ae', 'carl.closed@globex.com', 'welcome', NULL, '<idpggfhdfcckkbblgebjbmohemmnjanp@127.0.0.1>', 'sent', 1, 0, 1795444738950, 1795445218969, 1796049538950, 1795444739061, NULL),
	('msg_01m84dh2y2ehqaeve8jpy39e2z', 'sue.suspended@initech.com', 'welcome', NULL, '<janapmboogadkeiflkfeikaleppfjnfb@127.0.0.1>', 'sent', 1, 0, 1795444739010, 1795445219015, 1796049539010, 1795444739069, NULL),
	('msg_01m84dh3naen7bh8kv3nar3cjt', 'adam.admin@acme.com', 'invitation', NULL, '<ojcfbapfjfhginiabojeaocjmiofpnoi@127.0.0.1>', 'sent', 1, 0, 1795444739754, 1795445219808, 1796049539754, 1795444739871, NULL),
	('msg_01m84dh3t2emg823pzx9n9y93k', 'olga.owner@acme.com', 'invitation_accepted', NULL, '<gmgkcbcgbckciikdogijmlgecegkghbi@127.0.0.1>', 'sent', 1, 0, 1795444739906, 1795445219917, 1796049539906, 1795444739967, NULL),
	('msg_01m84dh3thettbfk15hc7rwy8s', 'mia.member@acme.com', 'invitation', NULL, '<knlmhnefngapddgjkiibamiongkdbdeo@127.0.0.1>', 'sent', 1, 0, 1795444739921, 1795445219931, 1796049539921, 1795444739987, NULL),
	('msg_01m84dh3ybey5aspvpdge4hfgk', 'olga.owner@acme.com', 'invitation_accepted', NULL, '<dgpkaebjjcadmggjpedoocmfgffihmae@127.0.0.1>', 'sent', 1, 0, 1795444740043, 1795445220065, 1796049540043, 1795444740111, NULL),
	('msg_01m84dh3z7evpb695nxcyg5s19', 'vera.viewer@acme.com', 'invitation', NULL, '<loihgdoohkejnegkdibdlekphjpkhfcl@127.0.0.1>', 'sent', 1, 0, 1795444740071, 1795445220084, 1796049540071, 1795444740134, NULL),
	('msg_01m84dh43fepdan4tsv6m4cq0j', 'olga.owner@acme.com', 'invitation_accepted', NULL, '<cpobogpnopjkahdjmliljibogocdccep@127.0.0.1>', 'sent', 1, 0, 1795444740207, 1795445220220, 1796049540207, 1795444740279, NULL),
	('msg_01m84dh43xe4xttf18rcaz4bsz', 'newcomer@acme.com', 'invitation', NULL, '<anpdcihijnmibiffgfldaomllbagkdfp@127.0.0.1>', 'sent', 1, 0, 1795444740221, 1795445220246, 1796049540221, 1795444740296, NULL),
	('msg_01m84dh4bxe0j8v4yxgdnqgpd3', 'adam.admin@acme.com', 'ownership_transferred', NULL, '<bchgdolhofgcbffohgcgkeiapakmbkmn@127.0.0.1>', 'sent', 1, 0, 1795444740477, 1795445220502, 1796049540477, 1795444740565, NULL),
	('msg_01m84dh4bxe0jse6aszcfbkftj', 'olga.owner@acme.com', 'ownership_transferred', NULL, '<fbcagjhhhbcfgnboogdnmfhhgmgkhgeo@127.0.0.1>', 'sent', 1, 0, 1795444740477, 1795445220502, 1796049540477, 1795444740573, NULL),
	('msg_01m84dh44re89bq6vdqaf4chww', 'revoked@acme.com', 'invitation', NULL, '<opionkllpfngfkokkgohpjmbocabpmgp@127.0.0.1>', 'sent', 1, 0, 1795444740248, 1795445220252, 1796049540248, 1795444740311, NULL),
	('msg_01m84dh4a1eg8bwtz58y3fx792', 'olga.owner@acme.com', 'plan_changed', NULL, '<eboekebdiolnmhojfacfpnkaafbdafbo@127.0.0.1>', 'sent', 1, 0, 1795444740417, 1795445220441, 1796049540417, 1795444740496, NULL),
	('msg_01m84dh4kje2trenftv8r6jqjw', 'sue.suspended@initech.com', 'tenant_status_changed', NULL, '<ikhadaighhffkmdneppicikgickfgpil@127.0.0.1>', 'sent', 1, 0, 1795444740722, 1795445220774, 1796049540722, 1795444740840, NULL),
	('msg_01m84dh8h1ebx9358frahd071z', 'mia.member@acme.com', 'reset_password', '\x634531fc46987f90318546615fd3bfd1765eb106b10c1072ea74610fae1be3c6ebe9c28df548efef823945e358e23bbbd39248b64f260c663d87cd3bd2213c7e2b22a70b039ec0c8e31b455597ebc0eb2ae562581083e85f5710b31b43eafc1e8402b2011bed6592c92a97f3054e1897b90ae4e6ec7e8fbac7c7fba4aa50dac81094bb25f3236f7f901e201e645a2802ff1d71712f7fe18f874a7993b93d2cad5edc53d30c675c72c02d99f5bcb3bec6dc846faed21a9ea24f07b803eee37585fd00783b66c35f78f915233fec0404e0fcee7488ccd1ffec49624f86a0f8661d844b', '<efhihegebcgognfhbgpfpgfjiljkeiga@127.0.0.1>', 'waiting', 1, 0, 1795444744737, 1795444749759, 1795448344737, NULL, 'the connection to 127.0.0.1:18712 failed while connecting: Connection refused (os error 111)'),
	('msg_01m84dh8hne6mt1rkgeac45a0f', 'vera.viewer@acme.com', 'otp', '\x634531fcbadae8f01a6fada38066644fee8373097522d20bfc6c8f6d1a584af679d31a40789fb44cb69113949fbe004c0b26ebaac82b15653d40a3cddf544837ac136ed5384386cd509664a78b17f11a06be7dad9e9ebbe029a3cb47fef18070a8942f9a4d5aef982175ef8081617eb96dfee3271627c4d59fb2d781a2a22160d1aba1e2aa1aeb3d0c3a7bbec2099ab1c7fc8d38938c0f31', '<lelojpaplcoebaamoclcddekfddemcfn@127.0.0.1>', 'waiting', 1, 0, 1795444744757, 1795444749773, 1795445344757, NULL, 'the connection to 127.0.0.1:18712 failed while connecting: Connection refused (os error 111)');

INSERT INTO public.plans VALUES
	('plan_dev', 'Developer', 0, 'MONTHLY', '["10,000 req/month", "1 API key", "7-day log retention"]', '{"requests_per_month": 10000, "api_keys": 1, "log_retention_days": 7, "ml_violation_detection": false, "custom_ml_models": false}', true, NULL, 0, 0),
	('plan_pro', 'Pro', 29900, 'MONTHLY', '["500,000 req/month", "10 API keys", "90-day log retention", "ML violation detection"]', '{"requests_per_month": 500000, "api_keys": 10, "log_retention_days": 90, "ml_violation_detection": true, "custom_ml_models": false}', true, NULL, 1, 1),
	('plan_enterprise', 'Enterprise', 0, 'MONTHLY', '["Unlimited requests", "Unlimited keys", "365-day retention", "Custom ML models", "On-premise option"]', '{"log_retention_days": 365, "ml_violation_detection": true, "custom_ml_models": true}', true, NULL, 2, 2);

INSERT INTO public.refinery_schema_history VALUES
	(1, 'installation', '2026-11-23T14:38:55.571844562Z', '11210179104096393321'),
	(2, 'users', '2026-11-23T14:38:55.571890181Z', '5225265329146580711'),
	(3, 'sessions', '2026-11-23T14:38:55.571893036Z', '5622487012332700984'),
	(4, 'one_time_tokens', '2026-11-23T14:38:55.571896158Z', '16222388328557291908'),
	(5, 'attempts', '2026-11-23T14:38:55.571898333Z', '958134349538351596'),
	(6, 'outbox', '2026-11-23T14:38:55.571902776Z', '2785003545323817231'),
	(7, 'audit_events', '2026-11-23T14:38:55.571904677Z', '17436066396984034210'),
	(8, 'config_values', '2026-11-23T14:38:55.571906629Z', '13581117396293322329'),
	(9, 'signing_keys', '2026-11-23T14:38:55.571908906Z', '7959835147475937400'),
	(10, 'attempts', '2026-11-23T14:38:55.571911548Z', '5667899066535223234'),
	(11, 'users_search_text', '2026-11-23T14:38:55.571913171Z', '16196510966190915745'),
	(12, 'tenants', '2026-11-23T14:38:55.571915092Z', '972154208516379206'),
	(13, 'invites', '2026-11-23T14:38:55.57191771Z', '14730097005221543762'),
	(14, 'subscriptions', '2026-11-23T14:38:55.571919747Z', '16095956226245517797'),
	(15, 'subscription_reminders', '2026-11-23T14:38:55.571921935Z', '493493776799465300'),
	(16, 'service_keys', '2026-11-23T14:38:55.571923929Z', '5586212318752382656'),
	(17, 'usage', '2026-11-23T14:38:55.571926018Z', '5979406449944236197'),
	(18, 'config_changes', '2026-11-23T14:38:55.571928403Z', '14371080417736799293'),
	(19, 'storage', '2026-11-23T14:38:55.571929991Z', '17378034024536306518');

INSERT INTO public.refresh_tokens VALUES
	('304e4342c1eb480380df3190712c2f1b', 'ses_01m84dh2zrek2803yhs0ywy378', 'key_01m84dh083e97aajbdtq96qms0', 1795444739064, 1796049539000, NULL, NULL),
	('e2d73a577686460aba3467f5c3ef76d4', 'ses_01m84dh32yeyh80pv74yd1wtra', 'key_01m84dh083e97aajbdtq96qms0', 1795444739166, 1796049539000, NULL, NULL),
	('5c97eda4d747427188b4a6ab32fb8474', 'ses_01m84dh350ezyaxntc5wcr26qd', 'key_01m84dh083e97aajbdtq96qms0', 1795444739232, 1796049539000, NULL, NULL),
	('1c83b2831116417fbdf4f43645d68e60', 'ses_01m84dh398ezfbxqpwajth1j2r', 'key_01m84dh083e97aajbdtq96qms0', 1795444739368, 1796049539000, NULL, NULL),
	('25bdf928cf4c4a2197948c3bd2df3c9c', 'ses_01m84dh3b3ek48qdydhapg0d41', 'key_01m84dh083e97aajbdtq96qms0', 1795444739427, 1796049539000, NULL, NULL),
	('799d90845ff74be29271e0b8727a0a40', 'ses_01m84dh3cvenpb4pdkezxqym3m', 'key_01m84dh083e97aajbdtq96qms0', 1795444739483, 1796049539000, NULL, NULL),
	('b0a9bb9c07824841a74533fb7d23780b', 'ses_01m84dh3evej7s1c1vy4h5bk0g', 'key_01m84dh083e97aajbdtq96qms0', 1795444739547, 1796049539000, NULL, NULL);

INSERT INTO public.service_keys VALUES
	('key_01m84dh4fse9g9wcdavv3bj99n', 'gateway-1', '\x0c9d403249065051b4b869f1e2588b6ad2d3bb343dd0b2627bed6cd4c2211b4c', 'tokens:read usage:write configs:read entitlements:read', 1795444740601, NULL);

INSERT INTO public.sessions VALUES
	('ses_01m84dh2zrek2803yhs0ywy378', 'usr_01m84dh24we15arjp9z0jshz18', 1795444739064, 1795444739064, 1798036739000, NULL, NULL, '127.0.0.1', 'Python-urllib/3.11'),
	('ses_01m84dh32yeyh80pv74yd1wtra', 'usr_01m84dh2kwevtrhbkarjkfy8dz', 1795444739166, 1795444739166, 1798036739000, NULL, NULL, '127.0.0.1', 'Python-urllib/3.11'),
	('ses_01m84dh350ezyaxntc5wcr26qd', 'usr_01m84dh2nrec0rxwyk59hbvebx', 1795444739232, 1795444739232, 1798036739000, NULL, NULL, '127.0.0.1', 'Python-urllib/3.11'),
	('ses_01m84dh398ezfbxqpwajth1j2r', 'usr_01m84dh2qxep78eck4cmcym0qd', 1795444739368, 1795444739368, 1798036739000, NULL, NULL, '127.0.0.1', 'Python-urllib/3.11'),
	('ses_01m84dh3b3ek48qdydhapg0d41', 'usr_01m84dh2w6eh2swj9pd58dcn89', 1795444739427, 1795444739427, 1798036739000, NULL, NULL, '127.0.0.1', 'Python-urllib/3.11'),
	('ses_01m84dh3cvenpb4pdkezxqym3m', 'usr_01m84dh2y2ehp94r6b8snzbq12', 1795444739483, 1795444739483, 1798036739000, NULL, NULL, '127.0.0.1', 'Python-urllib/3.11'),
	('ses_01m84dh3evej7s1c1vy4h5bk0g', 'usr_01m84dh0bjef3vx43jd6tyc5zn', 1795444739547, 1795444739547, 1798036739000, NULL, NULL, '127.0.0.1', 'Python-urllib/3.11');

INSERT INTO public.sign_in_addresses VALUES
	('usr_01m84dh24we15arjp9z0jshz18', '127.0.0.1', 1795444739064),
	('usr_01m84dh2kwevtrhbkarjkfy8dz', '127.0.0.1', 1795444739166),
	('usr_01m84dh2nrec0rxwyk59hbvebx', '127.0.0.1', 1795444739232),
	('usr_01m84dh2qxep78eck4cmcym0qd', '127.0.0.1', 1795444739368),
	('usr_01m84dh2w6eh2swj9pd58dcn89', '127.0.0.1', 1795444739427),
	('usr_01m84dh2y2ehp94r6b8snzbq12', '127.0.0.1', 1795444739483),
	('usr_01m84dh0bjef3vx43jd6tyc5zn', '127.0.0.1', 1795444739547);

INSERT INTO public.signing_keys VALUES
	('key_01m84dh083e97aajbdtq96qms0', 'HS256', '\x634531fc34fbb284ac010a49605306b8f3800761ffd4838fecb46055cfcf7686921fef8fce00b2959977cfde9035a7269f598f634cd8e0a7ce97fd9f386a3178feb60a0a43735621a2e7970a', 1795444736259);

INSERT INTO public.storage_settings VALUES
	('ten_01m84dh3f3epgb9qfpg8bxfr41', 'LOCAL', '', '', NULL, NULL, 1795444740375, 1795392000000, 1795479000000, 0, NULL);

INSERT INTO public.subscriptions VALUES
	('sub_01m84dh3gnehvvtt6dxqpen2qq', 'ten_01m84dh3gnehtr5ahpvvc1r38v', 'plan_dev', 'ACTIVE', 'Developer', 0, 'MONTHLY', '["10,000 req/month","1 API key","7-day log retention"]', '{"api_keys":1,"custom_ml_models":false,"log_retention_days":7,"ml_violation_detection":false,"requests_per_month":10000}', 1795444739000, 1, 1795444739000, 1798036739000, true, 1795444739605, NULL, NULL),
	('sub_01m84dh3j9ez3bwfptqqgg3g15', 'ten_01m84dh3j9ez2aztapsk8j5pz3', 'plan_dev', 'ACTIVE', 'Developer', 0, 'MONTHLY', '["10,000 req/month","1 API key","7-day log retention"]', '{"api_keys":1,"custom_ml_models":false,"log_retention_days":7,"ml_violation_detection":false,"requests_per_month":10000}', 1795444739000, 1, 1795444739000, 1798036739000, true, 1795444739657, NULL, NULL),
	('sub_01m84dh3f3eph8sscyj9fz1b48', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'plan_dev', 'CANCELLED', 'Developer', 0, 'MONTHLY', '["10,000 req/month","1 API key","7-day log retention"]', '{"api_keys":1,"custom_ml_models":false,"log_retention_days":7,"ml_violation_detection":false,"requests_per_month":10000}', 1795444739000, 1, 1795444739000, 1798036739000, true, 1795444739555, 1795444740417, NULL),
	('sub_01m84dh4a1eg7bzdg32fydvwze', 'ten_01m84dh3f3epgb9qfpg8bxfr41', 'plan_pro', 'ACTIVE', 'Pro', 29900, 'MONTHLY', '["500,000 req/month","10 API keys","90-day log retention","ML violation detection"]', '{"api_keys":10,"custom_ml_models":false,"log_retention_days":90,"ml_violation_detection":true,"requests_per_month":500000}', 1795444740000, 1, 1795444740000, 1798036740000, false, 1795444740417, NULL, NULL);

INSERT INTO public.tenants VALUES
	('ten_01m84dh3gnehtr5ahpvvc1r38v', 'Globex', 'globex', 'archived', NULL, 'carl.closed@globex.com', 'usr_01m84dh2w6eh2swj9pd58dcn89', 'globex
globex', 1795444739605, 1795444740712, 0),
	('ten_01m84dh3j9ez2aztapsk8j5pz3', 'Initech', 'initech', 'suspended', 'Unpaid invoices', 'sue.suspended@initech.com', 'usr_01m84dh2y2ehp94r6b8snzbq12', 'initech
initech', 1795444739657, 1795444740722, 0),
	('ten_01m84dh3f3epgb9qfpg8bxfr41', 'Acme Corporation', 'acme-corp', 'active', NULL, 'olga.owner@acme.com', 'usr_01m84dh2kwevtrhbkarjkfy8dz', 'acme corporation
acme-corp', 1795444739555, 1795444744776, 4);

INSERT INTO public.usage_hours VALUES
	('ten_01m84dh3f3epgb9qfpg8bxfr41', 'dev', 1795442400000, 180, 12),
	('ten_01m84dh3f3epgb9qfpg8bxfr41', 'prod', 1795442400000, 164, 12),
	('ten_01m84dh3f3epgb9qfpg8bxfr41', 'staging', 1795442400000, 172, 12);

INSERT INTO public.usage_ids VALUES
	('\x0213e04da0fbf8d782815ea1f6cb9787', 1795444740634),
	('\x09c5ad78abd4846482f85383accdcf8e', 1795444740634),
	('\x0b227dd238234a0b1a29605d2857ea06', 1795444740634),
	('\x13a37e89af2d5a2845c30c1e895ca8ca', 1795444740634),
	('\x347f2513732cc6ae49bf6def0b740b8e', 1795444740634),
	('\x43700797e2f9d4ad38ccf1355df32334', 1795444740634),
	('\x449777124b1466a8ed667d0dd4c06209', 1795444740634),
	('\x4b33e17b39be6547c61aaf383e6fcdc6', 1795444740634),
	('\x5144ee6a9eb6566b84f518702d137c4e', 1795444740634),
	('\x5c88e7a226e11ad1204cb8d30cd5d6ff', 1795444740634),
	('\x5e8570cf24d56a9ea2efa899566d7107', 1795444740634),
	('\x8619e69149a76c6406a5787ca7e3e503', 1795444740634),
	('\x8b5cc4df7eec7d32a7814eca4af047ae', 1795444740634),
	('\x933dfb8eb697041c575b638f22c3dce3', 1795444740634),
	('\xac0f09c0f8bf5e7a4b063d863255f16d', 1795444740634),
	('\xac2efa860155f34c1b544193db4209ca', 1795444740634),
	('\xc33352e36a529830a19080a8f145ca61', 1795444740634),
	('\xc996ee030afc07d5e9583b72358baec6', 1795444740634),
	('\xcb59d9fb059a2b41a677832650931982', 1795444740634),
	('\xce45ae2ddb85301066275234240c8855', 1795444740634),
	('\xcef7fc13a38180936ffa263548908877', 1795444740634),
	('\xd4faf8a30997815375a09caeb0d0574b', 1795444740634),
	('\xf33422b95e3b98310adedc93655de579', 1795444740634),
	('\xf3e2e400523c506868ca413bc55dc213', 1795444740634);

INSERT INTO public.users VALUES
	('usr_01m84dh24we15arjp9z0jshz18', 'olga.owner@acme.com', 'Olga', 'Owner', '$argon2id$v=19$m=19456,t=2,p=1$HvTiVnoefERA/QQdrJZvtA$2hzko6oKuK5DB9SBEqFa8xqQas4/t7BLhUO+APEonPw', 0, NULL, false, 'active', 'local', 1795444738204, 1795444738204, 1795444739064, 'olga owner
olga.owner@acme.com'),
	('usr_01m84dh2w6eh2swj9pd58dcn89', 'carl.closed@globex.com', 'Carl', 'Closed', '$argon2id$v=19$m=19456,t=2,p=1$6wGod3LenkPqSA7zaQxGmw$yVw5MmZN94lTzvTw+ZzGABrFyO0P67MJfoLROymx8ZM', 0, NULL, false, 'active', 'local', 1795444738950, 1795444738950, 1795444739427, 'carl closed
carl.closed@globex.com'),
	('usr_01m84dh2y2ehp94r6b8snzbq12', 'sue.suspended@initech.com', 'Sue', 'Suspended', '$argon2id$v=19$m=19456,t=2,p=1$S1iF3paE7RjB6MOw4OztbA$vv7e2D8eIKJKsfqDNJq+NitSTS+BUjmX/NEnXrnRv9Y', 0, NULL, false, 'active', 'local', 1795444739010, 1795444739010, 1795444739483, 'sue suspended
sue.suspended@initech.com'),
	('usr_01m84dh0bjef3vx43jd6tyc5zn', 'admin@acme.com', 'Platform', 'Admin', '$argon2id$v=19$m=19456,t=2,p=1$wTnTGj1vci2GR+jr4x4RMA$ut7RdNFDlC8uFrxtEEPgIKLjQYurL+UVXjQVOd443fE', 0, 1795444736370, true, 'active', 'local', 1795444736370, 1795444736370, 1795444739547, 'platform admin
admin@acme.com'),
	('usr_01m84dh2kwevtrhbkarjkfy8dz', 'adam.admin@acme.com', 'Adam', 'Admin', '$argon2id$v=19$m=19456,t=2,p=1$9hbdxyeP5EXY0G/JQdsjxA$BQOcP6CiI5iOrLueGOgMqWuvF61Gy0shP8sWCsRbnsk', 0, 1795444739906, false, 'active', 'local', 1795444738684, 1795444739906, 1795444739166, 'adam admin
adam.admin@acme.com'),
	('usr_01m84dh2qxep78eck4cmcym0qd', 'vera.viewer@acme.com', 'Vera', 'Viewer', '$argon2id$v=19$m=19456,t=2,p=1$uSuFeqUlXkymOGh2sXfltg$SwreSQAN6RBQRmm4h17/+0n9gruTHJDzIeR1o4vnlsw', 0, 1795444740207, false, 'active', 'local', 1795444738813, 1795444740207, 1795444739368, 'vera viewer
vera.viewer@acme.com'),
	('usr_01m84dh2nrec0rxwyk59hbvebx', 'mia.member@acme.com', 'Mia-Sophie', 'Member', '$argon2id$v=19$m=19456,t=2,p=1$J5NO7s5nr26kLb6B+9xfmQ$2eAulsIzkk34+duAc4qQ00TwkdesS+uFlV/IPStYams', 0, 1795444740043, false, 'active', 'local', 1795444738744, 1795444740978, 1795444739232, 'mia-sophie member
mia.member@acme.com');

ALTER TABLE ONLY public.address_windows
    ADD CONSTRAINT address_windows__address PRIMARY KEY (address);

ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts__id PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_events
    ADD CONSTRAINT audit_events__id PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_exports
    ADD CONSTRAINT audit_exports__tenant_id__day_at PRIMARY KEY (tenant_id, day_at);

ALTER TABLE ONLY public.config_changes
    ADD CONSTRAINT config_changes__id PRIMARY KEY (id);

ALTER TABLE ONLY public.config_values
    ADD CONSTRAINT config_values__key__tenant_id__environment PRIMARY KEY (key, tenant_id, environment);

ALTER TABLE ONLY public.installation
    ADD CONSTRAINT installation__singleton PRIMARY KEY (singleton);

ALTER TABLE ONLY public.invites
    ADD CONSTRAINT invites__id PRIMARY KEY (id);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships__id PRIMARY KEY (id);

ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens__digest PRIMARY KEY (digest);

ALTER TABLE ONLY public.otp_codes
    ADD CONSTRAINT otp_codes__user_id PRIMARY KEY (user_id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox__id PRIMARY KEY (id);

ALTER TABLE ONLY public.plans
    ADD CONSTRAINT plans__id PRIMARY KEY (id);

ALTER TABLE ONLY public.refinery_schema_history
    ADD CONSTRAINT refinery_schema_history_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens__jti PRIMARY KEY (jti);

ALTER TABLE ONLY public.service_keys
    ADD CONSTRAINT service_keys__id PRIMARY KEY (id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions__id PRIMARY KEY (id);

ALTER TABLE ONLY public.sign_in_addresses
    ADD CONSTRAINT sign_in_addresses__user_id__address PRIMARY KEY (user_id, address);

ALTER TABLE ONLY public.signing_keys
    ADD CONSTRAINT signing_keys__id PRIMARY KEY (id);

ALTER TABLE ONLY public.storage_settings
    ADD CONSTRAINT storage_settings__tenant_id PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT subscriptions__id PRIMARY KEY (id);

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants__id PRIMARY KEY (id);

ALTER TABLE ONLY public.usage_hours
    ADD CONSTRAINT usage_hours__tenant_id__environment__hour_at PRIMARY KEY (tenant_id, environment, hour_at);

ALTER TABLE ONLY public.usage_ids
    ADD CONSTRAINT usage_ids__digest PRIMARY KEY (digest);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users__id PRIMARY KEY (id);

CREATE INDEX address_windows__window_start ON public.address_windows USING btree (window_start);

CREATE INDEX attempts__at ON public.attempts USING btree (at);

CREATE INDEX attempts__kind__subject__at ON public.attempts USING btree (kind, subject, at);

CREATE INDEX audit_events__at__id ON public.audit_events USING btree (at, id);

CREATE INDEX audit_events__tenant_id__at__id ON public.audit_events USING btree (tenant_id, at, id);

CREATE INDEX config_changes__tenant_id__key__at__id ON public.config_changes USING btree (tenant_id, key, at, id);

CREATE INDEX config_values__tenant_id ON public.config_values USING btree (tenant_id);

CREATE INDEX invites__email ON public.invites USING btree (email);

CREATE INDEX invites__expires_at ON public.invites USING btree (expires_at);

CREATE INDEX invites__invited_by ON public.invites USING btree (invited_by);

CREATE INDEX invites__tenant_id__created_at__id ON public.invites USING btree (tenant_id, created_at, id);

CREATE UNIQUE INDEX invites__tenant_id__email ON public.invites USING btree (tenant_id, email);

CREATE UNIQUE INDEX invites__token_digest ON public.invites USING btree (token_digest);

CREATE UNIQUE INDEX memberships__tenant_id__user_id ON public.memberships USING btree (tenant_id, user_id);

CREATE INDEX memberships__user_id ON public.memberships USING btree (user_id);

CREATE INDEX one_time_tokens__expires_at ON public.one_time_tokens USING btree (expires_at);

CREATE INDEX one_time_tokens__user_id__purpose ON public.one_time_tokens USING btree (user_id, purpose);

CREATE INDEX outbox__created_at__id ON public.outbox USING btree (created_at, id);

CREATE INDEX outbox__status__due_at ON public.outbox USING btree (status, due_at);

CREATE INDEX outbox__status__expires_at ON public.outbox USING btree (status, expires_at);

CREATE INDEX refresh_tokens__session_id ON public.refresh_tokens USING btree (session_id);

CREATE INDEX service_keys__created_at__id ON public.service_keys USING btree (created_at, id);

CREATE UNIQUE INDEX service_keys__digest ON public.service_keys USING btree (digest);

CREATE INDEX sessions__expires_at ON public.sessions USING btree (expires_at);

CREATE INDEX sessions__user_id ON public.sessions USING btree (user_id);

CREATE INDEX sign_in_addresses__last_used_at ON public.sign_in_addresses USING btree (last_used_at);

CREATE INDEX storage_settings__next_try_at ON public.storage_settings USING btree (next_try_at);

CREATE INDEX subscriptions__end_at ON public.subscriptions USING btree (end_at) WHERE (status = 'ACTIVE'::text);

CREATE INDEX subscriptions__end_at__id ON public.subscriptions USING btree (end_at, id) WHERE ((status = 'ACTIVE'::text) AND (NOT auto_renew) AND (reminded_at IS NULL));

CREATE INDEX subscriptions__plan_id ON public.subscriptions USING btree (plan_id);

CREATE UNIQUE INDEX subscriptions__tenant_id ON public.subscriptions USING btree (tenant_id) WHERE (status = 'ACTIVE'::text);

CREATE INDEX subscriptions__tenant_id__created_at__id ON public.subscriptions USING btree (tenant_id, created_at, id);

CREATE INDEX tenants__created_at__id ON public.tenants USING btree (created_at, id);

CREATE INDEX tenants__owner_id ON public.tenants USING btree (owner_id);

CREATE UNIQUE INDEX tenants__slug ON public.tenants USING btree (slug);

CREATE INDEX usage_hours__hour_at ON public.usage_hours USING btree (hour_at);

CREATE INDEX usage_ids__received_at ON public.usage_ids USING btree (received_at);

CREATE INDEX users__created_at__id ON public.users USING btree (created_at, id);

CREATE UNIQUE INDEX users__email ON public.users USING btree (email);

CREATE INDEX users__is_platform_admin ON public.users USING btree (is_platform_admin) WHERE is_platform_admin;

ALTER TABLE ONLY public.audit_exports
    ADD CONSTRAINT audit_exports_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.invites
    ADD CONSTRAINT invites_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.invites
    ADD CONSTRAINT invites_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.one_time_tokens
    ADD CONSTRAINT one_time_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.otp_codes
    ADD CONSTRAINT otp_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sign_in_addresses
    ADD CONSTRAINT sign_in_addresses_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.storage_settings
    ADD CONSTRAINT storage_settings_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT subscriptions_plan_id_fkey FOREIGN KEY (plan_id) REFERENCES public.plans(id);

ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT subscriptions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_id_owner_id_fkey FOREIGN KEY (id, owner_id) REFERENCES public.memberships(tenant_id, user_id);

ALTER TABLE ONLY public.usage_hours
    ADD CONSTRAINT usage_hours_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);


// The replies of the API as the page uses them; types for the checker only.
import type { VNode, ComponentChildren } from 'preact';

declare global {
  type Node = VNode<any> | null | undefined | false | string;
  type Children = ComponentChildren;
  type Role = 'owner' | 'admin' | 'member' | 'viewer';
  type Environment = 'prod' | 'staging' | 'dev';
  type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

  namespace Api {
    type Value = boolean | number | string | null;
    interface List<T> { items: T[]; total: number }
    interface Tokens { access_token: string; expires_in: number }
    interface Challenge { mfa_required: true; mfa_token: string; expires_in: number }
    interface Factor { id: string; kind: string; created_at: string; last_used_at: string | null }
    interface Mfa { enabled: boolean; factors: Factor[]; recovery_codes_left: number; session_proven: boolean }
    interface NewTotp { secret: string; otpauth_uri: string; qr_svg: string }
    interface RecoveryCodes { recovery_codes: string[] }
    interface TenantToken extends Tokens { tenant_id: string; role: Role; environment: Environment }
    interface EnvironmentToken extends Tokens { environment: Environment }
    interface Profile { id: string; email: string; first_name: string; last_name: string; is_platform_admin: boolean; created_at: string; email_verified_at: string | null; last_login_at: string | null }
    interface Session { id: string; created_at: string; last_used_at: string; expires_at: string; address: string | null; user_agent: string | null; is_current: boolean }
    interface Tenant { id: string; name: string; slug: string; role: Role; status: string }
    interface TenantInfo { id: string; name: string; slug: string; status: string; billing_email: string; subscription: CurrentSubscription }
    interface CurrentSubscription { plan: string; status: string; end_date: string }
    interface Joined { tenant_id: string; role: Role; membership_id: string }
    interface Member { id: string; user_id: string; email: string; first_name: string; last_name: string; role: Role; status: string; joined_at: string }
    interface Invite { id: string; email: string; role: Role; status: string; invited_by: string; created_at: string; expires_at: string }
    interface CatalogPlan { id: string; name: string; price: number; billing_cycle: string; features: string[] }
    interface Limits { requests_per_month?: number | null; api_keys?: number | null; log_retention_days?: number | null; ml_violation_detection?: boolean; custom_ml_models?: boolean }
    interface Subscription { id: string; plan_id: string; plan_name: string; status: string; start_date: string; end_date: string; price: number; billing_cycle: string; auto_renew: boolean; created_at: string; ended_at: string | null }
    interface Entitlements { plan_id: string; plan_name: string; tenant_status: string; limits: Limits; used: { from: string; to: string; requests: number; violations: number }; member_count: number }
    interface UsageColumn { at: string; requests: number; violations: number }
    interface Usage { items: UsageColumn[]; requests: number; violations: number }
    interface Config { key: string; lbl: string; val: Value; gen_type: string; mod: boolean; is_locked: boolean; is_set?: boolean; options?: string[]; min?: number; max?: number; source: string }
    interface ConfigSection { header_title: string; configs: Config[] }
    interface ConfigGroup { grp_title: string; type: string; sections: ConfigSection[] }
    interface ConfigTree { resources: { resrc_name: string; config_groups: ConfigGroup[] }[] }
    interface Layer { source: string; is_set: boolean; value: Value; is_locked: boolean; is_winner: boolean }
    interface Explanation { key: string; val: Value; source: string; layers: Layer[] }
    interface Change { at: string; actor: string; user_id: string | null; email: string | null; impersonator_id: string | null; action: string; environment: string | null; value: Value; is_locked: boolean }
    interface Storage { provider: string | null; bucket?: string; region?: string; endpoint?: string; container_name?: string; credentials_set: boolean }
    interface StorageTest { ok: boolean; reason: string | null; message: string }
    interface Export { day: string; events: number; exported_at: string; object: string; size: number }
    interface Exports extends List<Export> { next?: { at: string; day: string; attempts: number; last_error: string | null } | null }
    interface WebhookValues { url: string; description: string; events: string[] }
    interface Webhook extends WebhookValues { id: string; enabled: boolean; disabled_reason: string | null; failing_since: string | null; old_secret_expires_at: string | null; created_at: string; updated_at: string; secret?: string }
    interface Delivery { id: string; message_id: string; type: string; status: string; attempts: number; created_at: string; next_attempt_at: string | null; settled_at: string | null; last_status: number | null; last_error: string | null }
    interface Attempt { number: number; at: string; duration_ms: number; status: number | null; error: string | null }
    interface DeliveryDetail { delivery: Delivery; payload: string; attempts: Attempt[] }
    interface Stats { total_tenants: number; active_tenants: number; total_users: number; total_api_requests_24h: number; total_violations_24h: number }
    interface Series { metric: 'tenants' | 'users' | 'requests' | 'violations' | 'sign_ins'; items: { at: string; value: number }[]; total: number }
    interface AuditState { chains: number; unlinked: number; sealed_at: string | null; seal_holds: boolean; broken: string[] }
    interface Job { name: string; ran_at: string | null; failed_at: string | null; failure: string | null }
    interface Installation { id: string; created_at: string; started_at: string; version: string; base_url: string; engine: string; schema_version: number; database_bytes: number; free_bytes: number | null; mail_server: string | null; mails_waiting: number; exports_failing: number; last_backup_at: string | null; jobs: Job[] }
    interface MailTest { ok: boolean; reason: string | null; message: string }
    interface Provisioned { set_password_url: string | null; set_password_expires_at: string | null }
    interface ProvisionedUser extends AdminUserItem, Provisioned {}
    interface ProvisionedTenant extends AdminTenant, Provisioned {}
    interface AuditEvent { id: string; number: number | null; at: string; actor: { kind: string; id: string | null; email: string | null; name: string | null; impersonator_id: string | null }; action: string; target: { kind: string; id: string | null }; tenant_id: string | null; tenant_name: string | null; request_id: string | null; address: string | null; changes: Record<string, unknown> | null }
    interface Message { id: string; recipient: string; template: string; status: string; attempts: number; created_at: string; due_at: string | null; expires_at: string; settled_at: string | null; last_error: string | null }
    interface RevealedLink { recipient: string; template: string; link: string; expires_at: string }
    interface AdminTenantItem { id: string; name: string; slug: string; status: string; subscription_plan: string | null; member_count: number }
    interface AdminTenant { id: string; name: string; slug: string; status: string; status_reason: string | null; billing_email: string; member_count: number; owner: { user_id: string; email: string } | null; subscription: CurrentSubscription; created_at: string }
    interface AdminUserItem { id: string; email: string; first_name: string; last_name: string; is_platform_admin: boolean; status: string; created_at: string; last_login_at: string | null }
    interface AdminUser extends AdminUserItem { email_verified_at: string | null; memberships: Tenant[]; sessions: Session[]; factors: Factor[] }
    interface Plan { id: string; name: string; price: number; billing_cycle: string; features: string[]; limits: Limits; self_service: boolean; retired_at: string | null; created_at: string }
    interface ServiceKey { id: string; name: string; scopes: string[]; created_at: string; revoked_at: string | null }
    interface CreatedServiceKey { id: string; name: string; scopes: string[]; key: string; created_at: string }
  }
}

// Runs every flow in one process: `node main.js [part of a name]`.
import './flows/first-load.js';
import './flows/account.js';
import './flows/second-factor.js';
import './flows/invitation.js';
import './flows/session.js';
import './flows/keyboard.js';
import './flows/language.js';
import './flows/members.js';
import './flows/tenant.js';
import './flows/configuration.js';
import './flows/storage.js';
import './flows/audit.js';
import './flows/admin.js';
import './flows/admin-people.js';
import './flows/admin-system.js';
import './flows/setup.js';
import './flows/screens.js';

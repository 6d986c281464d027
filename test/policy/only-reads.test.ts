/** Shell texts that only read, and those that do not or cannot be told. */
import { expect, it } from 'vitest'
import { onlyReads as readsIn } from '../../src/domain/policy/signals/shell/only-reads.ts'

const onlyReads = (text: string) => readsIn(text, '/srv/shop')

/** Data that is code, options that write, run or are abbreviated, and words that only a running shell knows. */
const HOSTILE = String.raw`
test -v 'a[$(x)]'
[ -v 'a[$(x)]' ]
[[ -v 'a[$(x)]' ]]
[[ 'a[$(x)]' -eq 0 ]]
test 'a[$(x)]' -eq 0
printf -v 'a[$(x)]' y
printf '%n' PATH
printf %d 'a[$(x)]'
echo $((a[$(x)]))
echo $[a]
echo \${HOME:a}
echo \${!a}
echo \${a@P}
echo "\${y[a]}"
echo $'a'
echo $"a"
echo {a,b}
(( a ))
let a
read a
mapfile -C x a
compgen -C x
complete -C x y
unset a
wait -p a
getopts a b
declare a=b
local a=b
export a=b
readonly a=b
typeset a=b
exec ls
trap x EXIT
enable -f ./x y
hash -p ./x ls
bind x
source a
. a
set -- a
shopt -s expand_aliases
cd() { rm a; }
for PATH in ./tools; do ls; done
select PATH in ./tools; do ls; done
while ls; do ls; done
if ls; then ls; fi
case a in a) ls;; esac
{ ls; }
(ls)
! ls
time ls
coproc ls
repeat 3 ls
noglob ls
A=b ls
LD_PRELOAD=./x ls
GIT_EXTERNAL_DIFF=./x git diff
PAGER=./x git log
LESSOPEN=./x cat a
BASH_ENV=./x ls
IFS=x ls
ls <<< a
cat < a
cat < /dev/tcp/evil/80
cat <(ls)
tee >(x)
ls > a
ls >| a
ls &> a
ls >&a
ls > /dev/tcp/a/1
ls 3<> a
ls > /dev/null/x
ls &
ls # a
ls *(e:'x':)
ls =(x)
ls [ab]
ls *.ts
sort *
'ls -la'
"git log"
l's' -la; rm
\ls
LS
sort -uo a b
sort -k1,1 -nuoa b
sort --outp=a b
sort --compress-prog=./x a
sort -T x a
uniq - a
uniq -c - a
uniq -f1 -- a b
git grep -e -- -Oless
git grep -e -- --open-files-in-pager=./x
rg -e -- --pre=./tools/x .
rg -g -- --pre ./x y
kubectl get -n -- pods --kubeconfig=./k.yaml
git log -L -- --output=/home/zoe/.bashrc
sort -k -- -o f in
cat -- *
uniq a*
awk -f a
awk -v x=1 'BEGIN{system("x")}'
awk '{print $1}' -f a
awk '{print $1 > "a"}'
awk '{print $1 | "sh"}'
mawk -W exec a
gawk -i inplace '{print $1}' a
sed -n '1,2p' -i a
sed -n '1,2p' --in-pl a
sed --in-pl s/a/b/ a
sed -n '1w a' b
sed -n '1e x' b
sed s/a/b/e c
sed -f a b
find . -fprint a
find . -fls a
find . -ok x ';'
find . -exec x +
find . -files0-from a
date 0101
date -s x
date --s=x
date -f a
date -- 0101
hostname evil
hostname -F a
file -C -m a
file -bC a
rg --pre=./x y
rg --hostname-bin=./x y
rg -z y
git diff --outp=a
git diff -Oa
git log --outpu a
git log --ext-dif
git grep -nOcmd x
git grep --open=x y
git ls-remote --upload-pa=x .
git ls-remote 'ext::sh -c x'
git cat-file --textconv HEAD:a
git cat-file --filters HEAD:a
git branch a
git branch -D a
git tag a
git tag -d a
git remote add a b
git stash
git stash drop
git config a b
git --exec-path=. log
git --git-dir=a log
git -C -c log
git -p log
git fetch
kubectl --kubeconfig=a get pods
kubectl get pods --kubeconfig=a
kubectl get --raw=/x
kubectl exec a ls
docker -H tcp://evil ps
docker ps -H tcp://evil
docker exec a ls
npm view git+ssh://x --git=./x
npm ls --script-shell=./x
node -e x
node a
python3 a
systemctl -H evil status
systemctl status --host=evil
systemctl stop a
xxd a b
tree -o a
diff -l a b
base64 -o a
less a
command rm a
command -p ls
builtin ls
env
xargs ls
dd
tee a
`
  .trim()
  .split('\n')
  .map((line) => line.replace(/\\(?=\$\{)/g, ''))

it.each([
  'ls -la src',
  'cd /srv && git status --short',
  'cd /srv/shop/ && ls; cd ..; cd ../..; cd .; cd -; cd && pwd',
  'git -C .. log; git -C /srv/shop status',
  'git log --oneline -5 | head -3',
  'cat a.txt | grep -n x | sort | uniq -c',
  "sed -n '1,20p' src/a.ts",
  "sed -n '1,20p;30,$p' src/*.ts",
  "ps aux | awk '{print $2, $11}'",
  'find . -name "*.ts" -newer a | wc -l',
  'rg -n "rm -rf" src 2>/dev/null',
  'echo done',
  'echo "--- it is; done" && pwd',
  'ls -la \\\n  src test',
  '[ -f a ] && cat a',
  "find . \\( -name '*.ts' -o -name '*.js' \\) -mtime -1 -print0",
  'find src/* -maxdepth 1 -type f',
  'ls src/*.ts',
  'cat -- notes*.md',
  'git --no-pager -C /srv diff --stat HEAD~3 -- src',
  'git show HEAD:a.ts; git branch -a; git stash list',
  "git log -n5 --format='%h %s' --since=yesterday",
  "sort -t, -k2,2 -rn a | cut -d' ' -f1-3 | tail -n +2",
  'date -u +%s',
  "grep -rn --include='*.ts' 'a\\|b' src",
  "jq -r '.[] | .name' a.json",
  'kubectl get pods -n web -o wide',
  'node --version',
  'test -f a && cat a || echo none',
  'grep x a.txt > /dev/null 2>&1',
  'git rev-parse HEAD',
  'git grep -C 3 x',
])('%s only reads', (text) => expect(onlyReads(text)).toBe(true))

it.each([
  'rm a',
  'ls > files.txt',
  'cat a >> b',
  'echo $(rm a)',
  'ls; npm install',
  'find . -delete',
  'find . -exec cat {} ;',
  'git push',
  'git -c core.pager=x log',
  'git log --output=a',
  'git diff --ext-diff',
  './ls',
  '/tmp/cat a',
  'PATH=. ls',
  'X=1',
  '$CMD a',
  'eval "ls"',
  'sort -o a b',
  'uniq a b',
  'rg --pre ./x y',
  'awk \'BEGIN { system("rm a") }\'',
  'sed -i s/a/b/ c',
  'cat() { rm a; }; cat b',
  'alias ls=rm; ls a',
  'unknown-program',
  'curl https://x.example',
  'cat <(rm a)',
  'xargs rm < a',
  'ls | xargs rm',
  'date -s 2001-01-01',
  'ls\nrm a',
  'git -C vendor/lib.git status',
  'cd vendor/lib.git && git status',
  'cd vendor/lib.git',
  'cd ./lib.git; ls',
  'cd ../shop/lib.git',
  'cd /srv/shop/../shop/lib.git',
  'cd /srv/sho',
  "cd '~'",
  'git -C /srv/shop/lib.git diff',
  'git -C .. -C shop/lib.git log',
  'git --no-pager -C lib.git log',
  'ls & rm a',
  'echo "$(<a)`rm a`"',
  'env ls',
  'python3 -c 1',
  'ls "a',
  '',
  ...HOSTILE,
])('%s does not', (text) => expect(onlyReads(text)).toBe(false))

it.each(['\0', '\r', '\u001b', '\u0085', '\u00a0', '\u2028'])('%j stands in no such text', (character) => {
  expect(onlyReads(`ls${character}a`)).toBe(false)
})

it('reads neither a word that goes on in the next line nor what only some shells take for quoted', () => {
  for (const text of ['sort -\\\no a b', "cat 'a\\'; rm b; 'c'", 'cat "a\nb`rm`"', 'cat "!x"'])
    expect({ text, reads: onlyReads(text) }).toEqual({ text, reads: false })
})

it('judges the longest text at once', () => {
  for (const piece of ['a ', "'a'", '"', "'", '\\(', 'ls;', '-la ', '--x=', '* ', '|'])
    for (const begin of ['ls ', 'find ', 'git ', 'uniq ', 'echo '])
      expect(onlyReads(begin + piece.repeat(Math.floor(16_000 / piece.length)))).toBeTypeOf('boolean')
})

it('reads no text of more than 16 KiB', () => expect(onlyReads(`echo ${'x'.repeat(20_000)}`)).toBe(false))
